// Who sends this token or revocation request: its credentials read, and an assertion proven before anything is touched.
import { judgeClientAssertion, verifyClientAssertion } from "./client-assertion.ts";
import { type ClientCredentials, readClientCredentials } from "./client-credentials.ts";
import { sha256 } from "./digest.ts";
import { DownstreamError } from "./downstream-error.ts";
import { WireError } from "./errors.ts";
import { type ClientBook, findKnownClient, type ShownProof } from "./known-client.ts";
import { type Parameters, printable } from "./params.ts";

/** What is needed of a request at a server's door. */
export interface AuthenticationVisit {
  clientBook: ClientBook;
  server: { issuer: string; endpoints: string };
  context: {
    /** Epoch seconds. */
    now(): number;
    replays: {
      /** True for the first caller only; throws when nobody can tell. */
      firstUse(use: { kind: "client-assertion"; issuer: string; jti: string; until: number }): Promise<boolean>;
    };
  };
}

export interface AuthenticatedClient {
  proof: ShownProof;
  usedHeader: boolean;
}

/**
 * A secret is only hashed here: whoever remembers the client compares it. An assertion is judged whole, and used up once
 * its signature proved right, so that nobody else can use it up and no grant sees it twice (P-69, P-75).
 * @throws WireError invalid_client or invalid_request; 503 when keys or the memory of what was used are away
 */
export async function authenticateClient(
  { headers }: { headers: Headers },
  parameters: Parameters,
  visit: AuthenticationVisit,
): Promise<AuthenticatedClient> {
  const credentials = readClientCredentials(headers.get("authorization"), parameters);
  const { clientId, secret, usedHeader } = credentials;
  const secretHash = secret === null ? null : await sha256(secret.reveal());
  return { proof: { clientId, secretHash, keyProven: await proveAssertion(credentials, visit) }, usedHeader };
}

async function proveAssertion(
  { assertion }: ClientCredentials,
  { clientBook, context, server }: AuthenticationVisit,
): Promise<boolean> {
  if (assertion === null) return false;
  const { clientId: issuer, kid } = assertion;
  try {
    const at = { issuer: server.issuer, tokenEndpoint: `${server.endpoints}/token` };
    const { jti, until } = judgeClientAssertion(assertion, at, context.now());
    const keys = await clientBook.keys(issuer, kid);
    if (keys === null) {
      const reason = (await findKnownClient(issuer, clientBook)) ? "client_keys_unknown" : "client_unknown";
      throw new WireError(401, "invalid_client", reason, { field: "client_assertion" });
    }
    await verifyClientAssertion(assertion, keys);
    if (await context.replays.firstUse({ kind: "client-assertion", issuer, jti, until })) return true;
    throw new WireError(401, "invalid_client", "client_assertion_replayed", { field: "client_assertion jti" });
  } catch (error) {
    throw asRefusal(error, issuer);
  }
}

/** A document that does not answer is nobody's wrong proof: clients wait, and forget nothing. */
function asRefusal(error: unknown, clientId: string): unknown {
  const line = { client: printable(clientId, 200) };
  if (error instanceof WireError)
    return new WireError(error.status, error.error, error.reason, { ...error.detail, line });
  if (!(error instanceof DownstreamError)) return error;
  if (!error.transient) return new WireError(401, "invalid_client", error.reason, { ...error.detail, line });
  const detail = { retryAfter: 30, ...error.detail, line };
  return new WireError(503, "temporarily_unavailable", error.reason, detail);
}
