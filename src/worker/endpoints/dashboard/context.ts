// What the dashboard's room is handed: types only, built by the plan.
import type { Actor } from "../../admin/actor.ts";
import type { Admin } from "../../admin/index.ts";
import type { SignIn } from "../../downstream/sign-in.ts";
import type { Settings } from "../../oauth/deployment.ts";
import type { ApiTokenStore, OrganizationStore } from "../../store/promises/operators.ts";
import type { Sealer } from "../../tokens/port.ts";

export interface DashboardContext {
  settings: Pick<Settings, "origin" | "secure" | "adminToken">;
  admin: Admin;
  sealer: Sealer;
  tokens: Pick<ApiTokenStore, "findByHash">;
  organizations: Pick<OrganizationStore, "withMember">;
  /** The deployment's own provider; null when people sign in with tokens only. */
  signIn: SignIn | null;
  /** Who holds this token, or null. `remember` takes work that may be done after the answer. */
  identify(token: string, remember: (work: Promise<unknown>) => void): Promise<Actor | null>;
  /** Counts a refused sign-in; false when its sender must wait. */
  allowFailure(request: Request): Promise<boolean>;
  /** Told of every fault that is not an operator's: to be logged, without values of the request. */
  fault(error: unknown, requestId: string): void;
  /** The gateway's own front door, without the network: what a client of its endpoints would be answered. */
  enter(request: Request): Promise<Response>;
  /** Epoch seconds. */
  now(): number;
}

/** One request at the door. */
export interface DashboardVisit {
  requestId: string;
  /** Lives on after the response (`waitUntil`). */
  background(work: Promise<unknown>): void;
}
