// One exchange: the app's own token goes to a server's embedded exchange, a token for that server's MCP URL comes back.
import { AppAgentError, type AppAgentFailure } from "./failure.ts";
import type { AppAgentOptions } from "./options.ts";

/** The app user that the gateway made of the app's token. */
export interface AppUser {
  readonly id: string;
  readonly workspace: string | null;
}

/** Times are milliseconds since 1970. */
export interface Issued {
  token: string;
  renewAt: number;
  expiresAt: number;
  scope: string;
  user: AppUser;
}

export interface ExchangeAsked {
  /** The options of this moment: a renewal uses the newest `getToken`. */
  options: () => AppAgentOptions;
  server: string;
  base: string;
  signal: AbortSignal;
}

/** The wire's shape, as a type that leaves nothing behind: what is built from this file imports no contract. */
type ExchangeRequest = import("../contract/embed.ts").ExchangeRequest;

const timeLimit = 20_000;

/** Throws an AppAgentError for whatever keeps it from a token, or the signal's reason once that is aborted. */
export async function exchange(asked: ExchangeAsked): Promise<Issued> {
  const token = await appToken(asked);
  asked.signal.throwIfAborted();
  const askedAt = Date.now();
  const { response, answer } = await post(asked, requestBody(asked.options(), token));
  if (!response.ok) throw refusal(asked, response, answer);
  const issued = issuedFrom(answer, askedAt);
  if (!issued) throw new AppAgentError(unreadable(asked, response));
  return issued;
}

async function appToken({ options, server }: ExchangeAsked): Promise<string> {
  let cause: unknown;
  let seen: string;
  try {
    const token: unknown = await options().auth.getToken();
    if (typeof token === "string" && token.trim()) return token.trim();
    seen = typeof token === "string" ? "an empty string" : token === null ? "null" : typeof token;
  } catch (error) {
    [cause, seen] = [error, "an error"];
  }
  const failure: AppAgentFailure = {
    reason: "get_token_failed",
    message: "The app's getToken gave no access token. Is the user still signed in?",
    server,
    field: "auth.getToken",
    expected: "an access token",
    seen,
    retryable: true,
  };
  throw new AppAgentError(failure, cause);
}

function requestBody(options: AppAgentOptions, token: string): ExchangeRequest {
  const { apiKey, agentId, appSessionKey, userIdentity } = options;
  const { subject, email, organizationId } = userIdentity ?? {};
  return {
    apiKey,
    agentId,
    token,
    appSessionKey: appSessionKey ?? undefined,
    // Field by field: apps pass their session's user, and the gateway refuses what it does not know.
    userIdentity: userIdentity
      ? { subject: subject ?? undefined, email: email ?? undefined, organizationId: organizationId ?? undefined }
      : undefined,
  };
}

async function post({ options, server, base, signal }: ExchangeAsked, body: ExchangeRequest) {
  const { fetch = globalThis.fetch } = options();
  try {
    const response = await fetch(`${base}/embedded/exchange`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeLimit)]),
    });
    const text = await response.text();
    return { response, answer: parsed(text) };
  } catch (cause) {
    signal.throwIfAborted();
    // A browser tells a page nothing about a refused preflight, and that is what a wrong origin looks like.
    const failure: AppAgentFailure = {
      reason: "network",
      message: `No answer from ${base}. Check that address, and that the agent's allowed origins name this page's.`,
      server,
      field: "allowedOrigins",
      seen: globalThis.location?.origin,
      retryable: true,
    };
    throw new AppAgentError(failure, cause);
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** RFC 8693 §2.2.1; null for anything that cannot be used as such. */
function issuedFrom(answer: Record<string, unknown> | null, askedAt: number): Issued | null {
  const { access_token: token, token_type: type, expires_in: life, scope, user } = answer ?? {};
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) return null;
  if (typeof type !== "string" || type.toLowerCase() !== "bearer") return null;
  if (typeof life !== "number" || !(life > 0)) return null;
  if (!isRecord(user) || typeof user.id !== "string") return null;
  const margin = Math.min(60, life / 10);
  return {
    token,
    renewAt: askedAt + (life - margin) * 1000,
    expiresAt: askedAt + life * 1000,
    scope: textOf(scope) ?? "",
    user: Object.freeze({ id: user.id, workspace: textOf(user.workspace) ?? null }),
  };
}

function refusal(asked: ExchangeAsked, response: Response, answer: Record<string, unknown> | null): AppAgentError {
  const reason = textOf(answer?.reason) ?? textOf(answer?.error);
  if (!answer || !reason) return new AppAgentError(unreadable(asked, response));
  return new AppAgentError({
    reason,
    message: textOf(answer.error_description) ?? "The gateway refused the exchange.",
    server: asked.server,
    field: textOf(answer.field),
    expected: textOf(answer.expected),
    seen: textOf(answer.seen),
    attempt: textOf(answer.attempt),
    requestId: textOf(answer.request_id),
    ...repetition(response),
  });
}

/** A page of a proxy, a sign-in wall or a wrong address: its text is not repeated anywhere. */
function unreadable({ server }: ExchangeAsked, response: Response): AppAgentFailure {
  return {
    reason: "answer_unreadable",
    message: "Something else than the gateway answered the exchange. Check gatewayUrl and the server's name.",
    server,
    field: "gatewayUrl",
    expected: "the exchange's JSON",
    seen: `HTTP ${response.status} ${response.headers.get("content-type") ?? "without content type"}`,
    ...repetition(response),
  };
}

/** RFC 9110 §10.2.3: Retry-After is seconds or a date. */
function repetition({ status, headers }: Response): { retryable: boolean; retryAt?: number } {
  const retryable = status === 429 || status >= 500;
  const given = headers.get("retry-after");
  if (!given || (status !== 429 && status !== 503)) return { retryable };
  const retryAt = /^\d+$/.test(given) ? Date.now() + Number(given) * 1000 : Date.parse(given);
  return Number.isNaN(retryAt) ? { retryable } : { retryable, retryAt };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
