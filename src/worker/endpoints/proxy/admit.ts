// Who may pass: one Bearer token, of the kind that the server takes.
import { admitAccessToken, openedBefore, openToken } from "./access-token.ts";
import { admitApiToken } from "./api-token.ts";
import type { AdmittedCall, Call } from "./call.ts";
import { isShared, unauthorized } from "./refusal.ts";

/** Longer than any token that is issued here; nothing this long is worth decrypting. */
const longestToken = 16 * 1024;

/** Throws a BearerChallenge or a ProxyError. Tokens in the query or the body are not looked at (P-19). */
export async function admit(call: Call): Promise<AdmittedCall> {
  const header = call.request.headers.get("authorization")?.trim() ?? "";
  if (isShared(call)) return admitApiToken(call, presentedToken(call, header));
  // What opened before was judged by its form then, and most requests present it again.
  const opened = openedBefore(call, header) ?? (await openToken(call, presentedToken(call, header)));
  return admitAccessToken(call, opened);
}

function presentedToken(call: Call, header: string): string {
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
