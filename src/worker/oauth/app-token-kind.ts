// What a token that verifies may still be: an ID token, a machine's, or bound to a key (RFC 8725 §2.8, §3.11).
import type { ReasonCode } from "../../contract/events.ts";
import type { AccessTokenRules } from "../../contract/providers.ts";
import { type Claims, claimAt, claimText } from "./claim-path.ts";
import { providerWords } from "./provider-words.ts";

export interface WrongKind {
  reason: Extract<ReasonCode, "app_token_id_token" | "app_token_machine" | "app_token_kind">;
  expected: string;
  seen: string;
}

/** Members that stand in ID tokens only (OIDC Core §2, §3.3.2.11). */
const idTokenMembers = ["nonce", "at_hash", "c_hash"];

/** What shows, before the signature is looked at, that this is no access token of a person; null when nothing does. */
export function markedKind(header: Claims, claims: Claims, rules: AccessTokenRules): WrongKind | null {
  if (rules.format === "opaque")
    return wrong("app_token_id_token", "a JWT, which access tokens of this provider are not");
  const member = idTokenMembers.find((name) => claims[name] !== undefined);
  if (member) return wrong("app_token_id_token", member);
  const mark = markOf(claims, rules);
  if (mark) return wrong(kinds[mark.is], mark.seen);
  const type = typeof header.typ === "string" ? header.typ.toLowerCase().replace(/^application\//, "") : null;
  if (header.typ !== undefined && type === null) return wrong("app_token_kind", "header typ that is no text");
  if (!rules.headerTypes.includes(type)) return wrong("app_token_kind", `header typ ${type ?? "absent"}`);
  return isMachine(claims) ? wrong("app_token_machine", "sub is the client's own id") : null;
}

/** What is missing from a verified token, or what binds it to a key that a bearer cannot show (RFC 7800 §3.1). */
export function missingKind(claims: Claims, rules: AccessTokenRules): WrongKind | null {
  if (claims.cnf !== undefined) return wrong("app_token_kind", "a token bound to a key (cnf)", "a bearer token");
  for (const { claim, matches } of rules.require) {
    const value = claimAt(claims, claim);
    const text = claimText(claims, claim);
    const fits = matches ? text !== null && matches.test(text) : value !== undefined && value !== null;
    if (!fits) return wrong("app_token_kind", `${claim.join(".")} ${text ?? "absent"}`);
  }
  return null;
}

/** The provider's own mark of something else, if the claims carry one. */
export function markOf(claims: Claims, rules: AccessTokenRules) {
  for (const { claim, matches, is } of rules.refuse) {
    const text = claimText(claims, claim);
    if (text !== null && matches.test(text)) return { is, seen: `${claim.join(".")} ${text}` };
  }
  return null;
}

/** RFC 9068 §2.2: where no person is involved, the client itself is the subject. */
function isMachine(claims: Claims): boolean {
  return typeof claims.sub === "string" && (claims.sub === claims.client_id || claims.sub === claims.azp);
}

const kinds = { id_token: "app_token_id_token", machine: "app_token_machine", other: "app_token_kind" } as const;
const wanted = {
  app_token_id_token: "an access token",
  app_token_machine: "the access token of a person",
  app_token_kind: "an access token",
} as const;

function wrong(reason: WrongKind["reason"], seen: string, expected: string = wanted[reason]): WrongKind {
  return { reason, expected, seen: providerWords(seen) };
}
