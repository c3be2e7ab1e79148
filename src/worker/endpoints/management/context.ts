// What the management room is handed: types only, built by the plan.
import type { Actor } from "../../admin/actor.ts";
import type { Admin } from "../../admin/index.ts";

export interface ManagementContext {
  /** The deployment's own origin, for openapi.json. */
  origin: string;
  admin: Admin;
  /** Who holds this bearer token, or null. `remember` takes work that may be done after the answer. */
  identify(token: string, remember: (work: Promise<unknown>) => void): Promise<Actor | null>;
  /** Counts a request without a valid token; false when its sender must wait. */
  allowFailure(request: Request): Promise<boolean>;
  /** Told of every fault that is not an operator's: to be logged, without values of the request. */
  fault(error: unknown, requestId: string): void;
}

/** One request at the door. */
export interface ManagementVisit {
  requestId: string;
  /** Lives on after the response (`waitUntil`). */
  background(work: Promise<unknown>): void;
}
