// Parameters of a query or form: every known one at most once (P-73), nothing unprintable, nothing endless.
import type { ReasonCode } from "../../contract/events.ts";

/** Longest single value that is read; `state` of real clients stays far below (P-61: treat as hostile). */
const longestValue = 16_384;

export type Parameters = ReadonlyMap<string, string>;

export type ReadParameters =
  | { ok: true; parameters: Parameters }
  | { ok: false; reason: ReasonCode; field: string; seen: string };

/** Every parameter that a door of ours reads. */
const known: ReadonlySet<string> = new Set([
  ...[
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "prompt",
    "resource",
  ],
  ...["code_challenge", "code_challenge_method", "grant_type", "code", "code_verifier", "refresh_token"],
  ...["assertion", "subject_token", "subject_token_type", "requested_token_type", "actor_token"],
  ...["token", "token_type_hint", "ticket", "form_token", "decision", "iss", "error", "server", "grant"],
]);

/**
 * Empty values count as absent (RFC 6749 §3.1). Unknown parameters are ignored, whatever they hold and however often
 * they come (Entra's `error_description` has line breaks); repeated known ones are refused (O21 §3.2, P-73).
 * `resource` could legally repeat (RFC 8707 §2); a grant is for one server, so here it is refused like the others.
 */
export function readParameters(source: URLSearchParams): ReadParameters {
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of source) {
    if (!known.has(name)) continue;
    if (seen.has(name)) return refused("duplicate_parameter", name, "sent more than once");
    seen.add(name);
    if (value.length > longestValue) return refused("request_too_large", name, `${value.length} characters`);
    if (hasControlCharacter(value)) return refused("malformed_request", name, "a control character");
    if (value !== "") parameters.set(name, value);
  }
  return { ok: true, parameters };
}

function refused(reason: ReasonCode, name: string, seen: string): ReadParameters {
  return { ok: false, reason, field: printable(name), seen };
}

/** NUL and the other C0 controls and DEL; none has a place in an OAuth parameter (RFC 6749 appendix A). */
function hasControlCharacter(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** A name or value from outside, cut and made harmless for a message: visible ASCII without quotes or backslash. */
export function printable(value: string, longest = 120): string {
  const clean = value.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, "'");
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}
