// What an agent shows of itself: one immutable picture of all its servers, without any token.
import type { AppAgentServerState } from "./connection.ts";
import type { AppUser } from "./exchange.ts";
import type { AppAgentFailure } from "./failure.ts";

/** The same object until something changes. */
export interface AppAgentSnapshot {
  /** The first of failed, exchanging, ready and idle that holds for any server. */
  readonly status: AppAgentServerState["status"];
  /** Who the first ready server says the user is. */
  readonly user: AppUser | null;
  /** Of the first failed server. */
  readonly error: AppAgentFailure | null;
  /** By the name that the app gave: a slug or a base URL. */
  readonly servers: Readonly<Record<string, AppAgentServerState>>;
}

const order = ["failed", "exchanging", "ready"] as const;

export function snapshotOf(servers: Record<string, AppAgentServerState>): AppAgentSnapshot {
  const states = Object.values(servers);
  const status = order.find((one) => states.some((state) => state.status === one)) ?? "idle";
  const ready = states.find((state) => state.status === "ready");
  const failure = states.find((state) => state.status === "failed");
  return Object.freeze({
    status,
    user: ready?.user ?? null,
    error: failure ?? null,
    servers: Object.freeze(servers),
  });
}
