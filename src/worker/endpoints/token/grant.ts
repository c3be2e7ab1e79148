// A grant type as a hook: what the fixed pipeline of the token endpoint calls.
import type { ShownProof } from "../../oauth/known-client.ts";
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

/** A grant type with no grant behind it, which authenticates the client itself. */
export interface GrantlessType extends Pick<GrantType, "type" | "required"> {
  /** Whether this server knows of it at all. */
  offered(visit: ServerVisit): boolean;
  /** Throws a WireError for whatever is refused. */
  answer(parameters: Parameters, proof: ShownProof & { usedHeader: boolean }, visit: ServerVisit): Promise<Response>;
}
