// What a token endpoint's answer means: tokens, an OAuth error, or a fault after which nothing may be thrown away.
import { type ProviderPreset, type Step, usualAnswer } from "../../contract/providers.ts";
import { failureIn, meaningOf, type ProviderFailure } from "./provider-failure.ts";
import { providerWords } from "./provider-words.ts";

export type TokenAnswer =
  | { kind: "tokens"; tokens: ProviderTokens }
  /** An OAuth error (RFC 6749 §5.2): the provider understood and refused. `error` is what it stands for. */
  | { kind: "error"; error: string; seen: string; failure: ProviderFailure }
  /** Trying again may help. `retryAfter` is in seconds, null when the provider named none. */
  | { kind: "fault"; seen: string; retryAfter: number | null };

export interface ProviderTokens {
  accessToken: string;
  /** Seconds; null when absent or not a positive number. */
  expiresIn: number | null;
  refreshToken: string | null;
  idToken: string | null;
  /** Null when absent; empty when the provider sent an empty scope. */
  scope: string[] | null;
}

export interface TokenEndpointReply {
  status: number;
  contentType: string | null;
  retryAfter: string | null;
  body: string;
}

/** OAuth errors that speak of the moment and not of the request. */
const passing = new Set(["temporarily_unavailable", "server_error", "slow_down"]);

/** How this provider answers, and at which step. */
export interface Reading {
  at: Step;
  answer: ProviderPreset["answer"];
  separator: ProviderPreset["scopes"]["separator"];
}

const usualReading: Reading = { at: "token", answer: usualAnswer, separator: null };

/**
 * A reply is read as JSON whatever its content type says, or else as the form that it says it is; `now` (epoch
 * seconds) resolves a Retry-After date.
 */
export function readTokenAnswer(reply: TokenEndpointReply, now: number, reading = usualReading): TokenAnswer {
  const retryAfter = readRetryAfter(reply.retryAfter, now);
  const fault = (seen: string): TokenAnswer => ({ kind: "fault", seen: providerWords(seen), retryAfter });
  // Whatever a failing or throttling server writes into its body is not a verdict about the grant (P-85).
  if (reply.status >= 500 || reply.status === 429) return fault(`status ${reply.status}`);
  const kind = reply.contentType?.split(";")[0]?.trim() || "no content type";
  const json = readObject(reply.body) ?? (kind.toLowerCase() === form ? readForm(reply.body) : null);
  const failure = json && failureIn(json, reading.answer);
  if (failure) {
    const { seen } = failure;
    const error = meaningOf(reading.answer, reading.at, failure.error, reply.status);
    // The error wins over the status: some servers refuse with 200.
    return passing.has(error) ? fault(seen) : { kind: "error", error, seen, failure };
  }
  // RFC 6749 §5.2 gives 401 to failed client authentication only.
  if (reply.status === 401) return unauthenticated;
  if (!json) return fault(`status ${reply.status}, ${kind}, no JSON object`);
  if (reply.status !== 200 && reply.status !== 201) return fault(`status ${reply.status} without an OAuth error`);
  return readTokens(json, reading.separator, fault);
}

const form = "application/x-www-form-urlencoded";

const unauthenticated: TokenAnswer = {
  ...{ kind: "error", error: "invalid_client", seen: "status 401" },
  failure: { error: "invalid_client", description: null, codes: [], seen: "status 401" },
};

function readTokens(
  json: Record<string, unknown>,
  separator: Reading["separator"],
  fault: (seen: string) => TokenAnswer,
): TokenAnswer {
  const accessToken = text(json.access_token);
  // It will stand in an Authorization header, so it must be able to (RFC 6750 §2.1).
  if (!accessToken || !/^[\x21-\x7e]+$/.test(accessToken)) return fault("an answer without a usable access_token");
  const type = text(json.token_type);
  if (type && type.toLowerCase() !== "bearer") return fault(`token_type ${type}`);
  return {
    kind: "tokens",
    tokens: {
      accessToken,
      expiresIn: positive(json.expires_in),
      refreshToken: text(json.refresh_token),
      idToken: text(json.id_token),
      scope: scopeList(json.scope, separator),
    },
  };
}

/** Seconds from now, from either form of RFC 9110 §10.2.3; null when absent or unreadable. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim());
  const date = /^[A-Z][a-z]+, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil(date / 1000 - now));
}

function readObject(body: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : null;
  } catch {
    return null;
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function positive(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? Math.floor(number) : null;
}

/** Some servers answer in the form that others only take (RFC 6749 §4.1.4 has JSON alone). */
function readForm(body: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(body));
}

function scopeList(value: unknown, separator: Reading["separator"]): string[] | null {
  if (typeof value === "string")
    return value.split(separator === "," ? /[\s,]+/ : /\s+/).filter((scope) => scope !== "");
  return Array.isArray(value) ? value.filter((scope) => typeof scope === "string" && scope !== "") : null;
}
