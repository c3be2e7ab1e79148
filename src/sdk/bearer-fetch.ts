// A fetch for one MCP server: the bearer goes to that server and nowhere else, and a refused token is renewed once.
import type { Connection } from "./connection.ts";
import { failed } from "./failure.ts";

export interface BearerParts {
  server: string;
  base: string;
  /** The platform's or the app's. */
  fetch: () => typeof fetch;
  /** Throws where the handle has outlived its person. */
  connection: () => Connection;
}

/** Rejects with an AppAgentError where no token is to be had; answers of the server come back as they are. */
export function bearerFetch({ server, base, fetch: through, connection }: BearerParts): typeof fetch {
  return async (input, init) => {
    const request = typeof input === "object" && "url" in input ? input : null;
    const { href } = new URL(request ? request.url : String(input));
    if (!href.startsWith(`${base}/`)) {
      throw failed("address_not_of_server", server, `${href} is not below ${base}; its token goes nowhere else.`);
    }
    const live = connection();
    const waiting = init?.signal ?? request?.signal;
    const signal = waiting ? AbortSignal.any([live.signal, waiting]) : live.signal;
    const send = (token: string) => {
      const headers = new Headers(init?.headers ?? request?.headers);
      headers.set("authorization", `Bearer ${token}`);
      // Called by its bare name: the platform's fetch refuses to be a method of something else.
      const fetch = through();
      return fetch(input, { redirect: "error", ...init, headers, signal, credentials: "omit" });
    };

    const token = await live.token(waiting);
    const response = await send(token);
    if (response.status !== 401 || !saysInvalidToken(response)) return response;
    live.refuse(token);
    if (!canRepeat(request, init)) return response;
    const renewed = await live.token(waiting);
    await response.body?.cancel();
    return send(renewed);
  };
}

/** RFC 6750 §3.1. */
function saysInvalidToken(response: Response): boolean {
  return /\berror="?invalid_token\b/.test(response.headers.get("www-authenticate") ?? "");
}

/** A stream is gone once it is sent, and a Request's body is a stream whatever it was made of. */
function canRepeat(request: Request | null, init: RequestInit | undefined): boolean {
  const body: unknown = init?.body ?? request?.body;
  if (request && body === undefined) return /^(?:GET|HEAD)$/.test(request.method);
  return typeof body !== "object" || body === null || !("getReader" in body || Symbol.asyncIterator in body);
}
