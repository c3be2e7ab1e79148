// The kinds of refusal, told apart by type: render.ts is the only place where one becomes a Response.
import type { DiagnosisId } from "../../contract/diagnoses.ts";
import type { Finding, GatewayEvent, ReasonCode } from "../../contract/events.ts";
import type { ProvenRedirect } from "./redirect-uri.ts";

/** Error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7591 §3.2.2, RFC 8707 §2. */
export type OAuthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "unsupported_response_type"
  | "invalid_scope"
  | "invalid_target"
  | "access_denied"
  | "server_error"
  | "temporarily_unavailable"
  | "invalid_redirect_uri"
  | "invalid_client_metadata"
  | "unsupported_token_type"
  | "invalid_token"
  | "insufficient_scope";

export interface RefusalDetail extends Finding {
  /** The grant's id, shown to the person and carried by the log line. */
  attempt?: string;
  /** What is wrong at the provider, where its own words tell. */
  diagnosis?: DiagnosisId | undefined;
  /** What the diagnosis means at this provider in particular. */
  hint?: string | undefined;
  /** Seconds, for Retry-After. */
  retryAfter?: number;
  headers?: Record<string, string>;
  /** What the log says besides: never part of an answer. */
  line?: Partial<GatewayEvent>;
}

/**
 * What every refusal has: a reason code and what was expected and seen. It is an Error by its prototype alone: the
 * constructor of Error captures the stack, a tenth of what a refused request costs, and the reason names the place.
 */
export abstract class Refusal implements Error {
  abstract readonly name: string;
  readonly message: string;
  readonly reason: ReasonCode;
  readonly detail: RefusalDetail;

  constructor(reason: ReasonCode, detail: RefusalDetail = {}) {
    this.message = reason;
    this.reason = reason;
    this.detail = detail;
  }
}

Object.setPrototypeOf(Refusal.prototype, Error.prototype);

/** A refusal with a status and an OAuth error code of its own. */
abstract class CodedRefusal extends Refusal {
  readonly status: number;
  readonly error: OAuthErrorCode;

  constructor(status: number, error: OAuthErrorCode, reason: ReasonCode, detail?: RefusalDetail) {
    super(reason, detail);
    this.status = status;
    this.error = error;
  }
}

/** JSON `{error, error_description, reason}` for a program: token, registration, revocation, metadata. */
export class WireError extends CodedRefusal {
  override readonly name = "WireError";
}

/** An error before the redirect URI is proven, or one that a person must see: a page, or JSON where JSON is preferred. */
export class PageError extends CodedRefusal {
  override readonly name = "PageError";
}

/** An error that goes back to the client; it can only be built from a redirect URI that was proven (P-50). */
export class RedirectableError extends Refusal {
  override readonly name = "RedirectableError";
  readonly redirect: ProvenRedirect;
  readonly error: OAuthErrorCode;

  constructor(redirect: ProvenRedirect, error: OAuthErrorCode, reason: ReasonCode, detail?: RefusalDetail) {
    super(reason, detail);
    this.redirect = redirect;
    this.error = error;
  }
}

/** 401 or 403 with a Bearer challenge (RFC 6750 §3, RFC 9728 §5.1), or 400 for a malformed authorization. */
export class BearerChallenge extends Refusal {
  override readonly name = "BearerChallenge";
  readonly status: 400 | 401 | 403;
  readonly error: "invalid_request" | "invalid_token" | "insufficient_scope" | null;
  /** Null at a server that has no authorization server. */
  readonly resourceMetadata: string | null;
  readonly scope: readonly string[];

  constructor(
    challenge: {
      status: 400 | 401 | 403;
      error: "invalid_request" | "invalid_token" | "insufficient_scope" | null;
      resourceMetadata: string | null;
      scope: readonly string[];
    },
    reason: ReasonCode,
    detail?: RefusalDetail,
  ) {
    super(reason, detail);
    this.status = challenge.status;
    this.error = challenge.error;
    this.resourceMetadata = challenge.resourceMetadata;
    this.scope = challenge.scope;
  }
}

/** JSON-RPC 2.0 §5: an error repeats the id of its request, and null where that cannot be told. */
export interface RpcFault {
  code: number;
  id: string | number | null;
}

/** The proxy's own refusals that are not about authorization: JSON with a reason, never HTML (P-105). */
export class ProxyError extends Refusal {
  override readonly name = "ProxyError";
  readonly status: number;
  /** A JSON-RPC error code where one is defined for the case (P-100: -32020). */
  readonly rpcCode: number | null;
  readonly rpcId: RpcFault["id"];

  constructor(status: number, reason: ReasonCode, detail?: RefusalDetail, rpc: RpcFault | null = null) {
    super(reason, detail);
    this.status = status;
    this.rpcCode = rpc?.code ?? null;
    this.rpcId = rpc?.id ?? null;
  }
}
