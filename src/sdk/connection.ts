// One server's token for one person: exchanged on first use, renewed before it expires, one flight for all callers.
import { type AppUser, exchange, type Issued } from "./exchange.ts";
import { AppAgentError, type AppAgentFailure } from "./failure.ts";
import type { AppAgentOptions } from "./options.ts";
import { pauseUntil, settledBefore } from "./waiting.ts";

/** What is shown of a server; `expiresAt` in milliseconds since 1970. */
export type AppAgentServerState =
  | { readonly status: "idle" }
  | { readonly status: "exchanging" }
  | { readonly status: "ready"; readonly user: AppUser; readonly scope: string; readonly expiresAt: number }
  | ({ readonly status: "failed" } & AppAgentFailure);

export interface ConnectionParts {
  /** The options of the moment, so that a renewal asks the newest `getToken`. */
  options: () => AppAgentOptions;
  server: string;
  base: string;
  /** Called after each change of `state`. */
  changed: () => void;
  /** The app's token now names someone else: the owner closes this connection before it returns. */
  userChanged: () => void;
}

export const idle: AppAgentServerState = Object.freeze({ status: "idle" });
const exchanging: AppAgentServerState = Object.freeze({ status: "exchanging" });

const retries = 2;
/** A longer Retry-After is left to the app, which sees it in the state. */
const longestPause = 30_000;
/** Between two tries to renew a token that still works. */
const renewalPause = 5_000;
/** With more milliseconds than this setTimeout fires at once. */
const longestTimer = 2 ** 31 - 1;

/** Does nothing until the first `token()`. The token is in a private field and in no state. */
export class Connection {
  state = idle;
  readonly #parts: ConnectionParts;
  readonly #closing = new AbortController();
  #issued: Issued | null = null;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  /** Who it was so far; outlives the token. */
  #user: AppUser | null = null;
  #flight: Promise<string> | null = null;
  #waiting = 0;
  #lastError: AppAgentError | null = null;
  #notBefore = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get server(): string {
    return this.#parts.server;
  }

  /** Aborted when the connection closes, with the error that its callers get. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** A token to send now. A caller who stops waiting leaves the exchange to the others. */
  async token(waiting?: AbortSignal | null): Promise<string> {
    this.signal.throwIfAborted();
    waiting?.throwIfAborted();
    const now = Date.now();
    const working = this.#working();
    if (working && (now < working.renewAt || now < this.#notBefore)) return working.token;
    if (!this.#flight && this.#lastError && now < this.#notBefore) throw this.#lastError;
    this.#waiting++;
    try {
      const flight = this.#join();
      return await (waiting ? settledBefore(waiting, flight) : flight);
    } finally {
      this.#waiting--;
    }
  }

  /** The server answered this token with 401: it is not handed out again, whatever its time says. */
  refuse(token: string): void {
    if (this.#issued?.token !== token) return;
    this.#forget();
    this.#rest();
  }

  /** Aborts the exchange and every call; the owner tells the listeners. */
  close(reason: AppAgentError): void {
    this.#forget();
    this.state = idle;
    this.#closing.abort(reason);
  }

  #join(): Promise<string> {
    this.#flight ??= this.#obtain().finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  async #obtain(): Promise<string> {
    // A turn later: closed where it was opened it asks nobody, and a listener that calls finds this flight.
    await null;
    this.signal.throwIfAborted();
    for (let tried = 0; ; tried++) {
      if (!this.#working()) this.#show(exchanging);
      try {
        // Closing waits for nobody: not for a getToken that hangs, nor for a fetch that does not heed its signal.
        return this.#keep(await settledBefore(this.signal, exchange({ ...this.#parts, signal: this.signal })));
      } catch (error) {
        this.signal.throwIfAborted();
        if (!(error instanceof AppAgentError)) throw error;
        const working = this.#recover(error, tried);
        if (working) return working.token;
        await pauseUntil(this.#notBefore, this.signal);
        // For callers, not for its own sake.
        if (this.#waiting === 0) throw error;
      }
    }
  }

  #keep(fresh: Issued): string {
    // Closed between the answer and this turn: it belongs to nobody.
    this.signal.throwIfAborted();
    const { user, scope, expiresAt, token } = fresh;
    if (this.#user && (this.#user.id !== user.id || this.#user.workspace !== user.workspace)) {
      this.#parts.userChanged();
      this.signal.throwIfAborted();
    }
    this.#forget();
    this.#issued = fresh;
    this.#user = user;
    this.#lastError = null;
    this.#notBefore = 0;
    const expire = () => {
      this.#forget();
      this.#rest();
    };
    this.#expiry = setTimeout(expire, Math.min(expiresAt - Date.now(), longestTimer));
    this.#show({ status: "ready", user, scope, expiresAt });
    return token;
  }

  /** What still works, if the failure may pass; null if a pause and another try are due; else throws the error. */
  #recover(error: AppAgentError, tried: number): Issued | null {
    const { failure } = error;
    const working = this.#working();
    // A getToken without a token may be a sign-out, and then the old token is not to be used for its last seconds.
    if (working && failure.retryable && failure.reason !== "get_token_failed") {
      this.#notBefore = failure.retryAt ?? Date.now() + renewalPause;
      return working;
    }
    this.#forget();
    this.#lastError = error;
    this.#notBefore = failure.retryAt ?? 0;
    this.#show({ status: "failed", ...failure });
    const pause = this.#notBefore - Date.now();
    const again = failure.retryAt !== undefined && pause <= longestPause && tried < retries;
    if (!again) throw error;
    return null;
  }

  #working(): Issued | null {
    return this.#issued && Date.now() < this.#issued.expiresAt ? this.#issued : null;
  }

  #forget(): void {
    this.#issued = null;
    clearTimeout(this.#expiry);
  }

  /** Without a token: what is shown depends on whether one is on its way. */
  #rest(): void {
    this.#show(this.#flight ? exchanging : idle);
  }

  #show(state: AppAgentServerState): void {
    this.state = Object.freeze(state);
    this.#parts.changed();
  }
}
