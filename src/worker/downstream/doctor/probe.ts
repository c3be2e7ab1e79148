// How the doctor asks: the guarded fetch with little patience, and what clocks say beside every answer.
import type { Finding } from "../../../contract/management/check.ts";
import { createGuardedFetch, type GuardedFetch, type OutboundSettings } from "../http.ts";
import { finding } from "./report.ts";

export interface Probe {
  fetch: GuardedFetch;
  /** Of everything that was asked so far. */
  clock(): Finding;
}

/** Milliseconds for one request; the whole answer has ten seconds. */
export const patience = 3000;
const allowedSkew = 60;

export function createProbe(settings: OutboundSettings & { now(): number }): Probe {
  const timeout = Math.min(settings.timeout ?? patience, patience);
  const guardedFetch = createGuardedFetch({ ...settings, timeout });
  let latest: number | null = null;

  return {
    async fetch(url, request) {
      const response = await guardedFetch(url, request);
      const date = Date.parse(response.headers.get("date") ?? "");
      // Caches keep an old Date, and never make one that lies ahead: the latest is the truest.
      if (!Number.isNaN(date)) latest = Math.max(latest ?? Number.NEGATIVE_INFINITY, date / 1000 - settings.now());
      return response;
    },
    clock() {
      if (latest === null) return finding("clock", "skip", { seen: "no answer with a Date" });
      const seen = `${Math.abs(Math.round(latest))} s ${latest < 0 ? "behind" : "ahead"}`;
      const expected = `within ${allowedSkew} s`;
      if (Math.abs(latest) <= allowedSkew) return finding("clock", "pass", { expected, seen });
      return finding("clock", "warn", { reason: "clock_skew", expected, seen });
    },
  };
}
