// What a million of each costs, from counted trips and measured time: nothing here is typed in by hand but the prices.
import { prices } from "./prices.ts";
import type { CaseResult } from "./rounds.ts";
import type { StorageRow, Trips } from "./storage.ts";

export interface Cost {
  name: string;
  title: string;
  /** Dollars for a million, in all and by what they are paid for. */
  dollars: number;
  parts: { requests: number; cpu: number; objects: number; d1: number; kv: number };
}

/** The counted row and the measured case that together make a price. */
const priced = [
  { name: "call", title: "warm MCP calls", storage: "call", measured: "call" },
  { name: "exchange", title: "embedded exchanges", storage: "exchange", measured: "exchange-es256" },
  { name: "refresh", title: "refreshes", storage: "refresh", measured: "refresh" },
  { name: "sign-in", title: "full authorizations", storage: "sign-in", measured: "sign-in" },
  { name: "challenge", title: "refused calls (bad token)", storage: "flood-garbage", measured: "flood-garbage" },
];

/** Those that were both counted and measured in this run. Duration of objects and of the free allowance is left out. */
export function costsOf(storage: StorageRow[], cases: CaseResult[]): Cost[] {
  return priced.flatMap(({ name, title, storage: counted, measured }) => {
    // The mean of many where it was counted: their log lines travel together.
    const rows = [`${counted}-many`, counted].map((row) => storage.find(({ name: known }) => known === row));
    const trips = rows.find((row) => row !== undefined)?.warm;
    const micros = cases.find((one) => one.name === measured)?.figures.gateway?.cpuMicros;
    return trips && micros ? [{ name, title, ...cost(trips, micros) }] : [];
  });
}

function cost(trips: Trips, cpuMicros: number): Pick<Cost, "dollars" | "parts"> {
  const parts = {
    requests: trips.requests * prices.request.dollars,
    cpu: (cpuMicros / 1000) * prices.cpuMillisecond.dollars,
    objects:
      (trips.objects + trips.deliveries) * prices.objectRequest.dollars +
      trips.objectRows * prices.objectRowWritten.dollars,
    d1: trips.d1Rows * prices.d1RowWritten.dollars,
    kv: trips.kvReads * prices.kvRead.dollars + trips.kvWrites * prices.kvWrite.dollars,
  };
  return { parts, dollars: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
