// The answer to the client: a redirect to its proven URI, with `iss` and its own state (P-54).
import type { ProvenRedirect } from "../../oauth/redirect-uri.ts";

/** 303 after a form and 302 after a GET mean the same here; 303 is right for both (P-61). */
export function respond(redirect: ProvenRedirect, parameters: Record<string, string>, cookies: string[]): Response {
  const headers = new Headers({
    location: redirect.to(parameters),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
  for (const value of cookies) headers.append("set-cookie", value);
  return new Response(null, { status: 303, headers });
}
