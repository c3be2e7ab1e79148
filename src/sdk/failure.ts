// What can go wrong between an app and the gateway, as a state to show and as an error to catch.

/** A failure without a word of any token. Times are milliseconds since 1970. */
export interface AppAgentFailure {
  /**
   * The gateway's own reason code, or one of the SDK's: `network`, `answer_unreadable`, `get_token_failed`, `closed`,
   * `identity_changed`, `address_not_of_server`, `mcp_client_missing`.
   */
  readonly reason: string;
  /** Cause and fix, for a person. */
  readonly message: string;
  /** The server's slug or base URL, as the app named it. */
  readonly server: string;
  /** Which setting or claim to look at. */
  readonly field?: string | undefined;
  readonly expected?: string | undefined;
  readonly seen?: string | undefined;
  /** What the operator finds this failure by in the gateway's logs. */
  readonly attempt?: string | undefined;
  readonly requestId?: string | undefined;
  /** True if the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** Not before this time; calls until then fail at once. */
  readonly retryAt?: number | undefined;
}

/** What a call of the SDK rejects with; `cause` is the app's or the platform's own error, where there was one. */
export class AppAgentError extends Error {
  readonly failure: AppAgentFailure;

  constructor(failure: AppAgentFailure, cause?: unknown) {
    super(`${failure.reason}: ${failure.message}`, cause === undefined ? undefined : { cause });
    this.name = "AppAgentError";
    this.failure = failure;
  }

  get reason(): string {
    return this.failure.reason;
  }
}

/** A failure that the SDK itself finds; nothing to wait for. */
export function failed(reason: string, server: string, message: string): AppAgentError {
  return new AppAgentError({ reason, message, server, retryable: false });
}
