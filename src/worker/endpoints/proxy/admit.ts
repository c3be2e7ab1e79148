// Who may pass: one Bearer token, of the kind that the server takes.
import { admitAccessToken } from "./access-token.ts";
import { admitApiToken } from "./api-token.ts";
import type { AdmittedCall, Call } from "./call.ts";
import { isShared, unauthorized } from "./refusal.ts";

/** Longer than any token that is issued here; nothing this long is worth decrypting. */
const longestToken = 16 * 1024;

/** Throws a BearerChallenge or a ProxyError. Tokens in the query or the body are not looked at (P-19). */
export async function admit(call: Call): Promise<AdmittedCall> {
  const token = presentedToken(call);
  return isShared(call) ? admitApiToken(call, token) : admitAccessToken(call, token);
}

function presentedToken(call: Call): string {
  const header = call.request.headers.get("authorization")?.trim() ?? "";
  // A client that has no token yet may send an empty one; that is no token, not a broken request.
  if (header === "" || /^bearer$/i.test(header))
    throw unauthorized(call, null, isShared(call) ? "caller_token_missing" : "token_missing");
  // Two Authorization headers arrive joined by a comma, which no token contains.
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized(call, "invalid_request", "token_malformed");
  if (token.length > longestToken)
    throw unauthorized(call, "invalid_token", isShared(call) ? "caller_token_unknown" : "token_invalid");
  return token;
}
