// A grant type as a hook: what the fixed pipeline of the token endpoint calls.
import type { Parameters } from "../../oauth/params.ts";
import type { ClientProof, IssuedGrant, Outcome } from "../../store/promises/grants.ts";
import type { ServerVisit } from "../context.ts";

export interface GrantType {
  /** Value of `grant_type`. */
  type: string;
  /** Parameters that must be there; the pipeline names the first that is missing. */
  required: readonly string[];
  /** What is written to the log. */
  event: "token" | "refresh";
  /** What somebody is told who shows another client's code or token: the same as for one that never was. */
  unknown: "code_unknown" | "refresh_unknown";
  issue(parameters: Parameters, proof: ClientProof, visit: ServerVisit): Promise<Outcome<{ grant: IssuedGrant }>>;
}
