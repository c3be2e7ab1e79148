// Client ID metadata documents: what a client says about itself at the URL that is its id (P-36 to P-43).
import * as z from "zod";
import type { ReasonCode } from "../../contract/events.ts";
import { sha256 } from "./digest.ts";
import { displayName } from "./display-name.ts";
import { DownstreamError } from "./downstream-error.ts";
import { type OutboundRules, refuseOutbound } from "./outbound-url.ts";
import { printable } from "./params.ts";
import { refuseRedirect } from "./redirect-uri.ts";
import { withoutQueries } from "./shown-url.ts";

/** A document that was judged acceptable. */
export interface ClientDocument {
  /** The URL, equal to the document's `client_id` character by character (P-38). */
  clientId: string;
  name: string;
  redirectUris: readonly string[];
  /** How its token requests may be authenticated; both where the document offers both. */
  authMethods: readonly ("none" | "private_key_jwt")[];
  /** Keys inside the document, or where they are published; at most one of the two is not null. */
  jwks: { keys: readonly Record<string, unknown>[] } | null;
  jwksUri: string | null;
  /** Changes when anything changes that a person agreed to: name, redirect URIs, logo, keys, methods (P-43). */
  digest: string;
  /** Why an earlier copy, or the pinned one, stands in for what its host should have answered. */
  standIn?: { reason: ReasonCode; seen?: string };
}

export interface ClientDocuments {
  /**
   * The current document. Throws a Refusal with a reason of its own when it is away, unfetchable or not acceptable.
   * @param mayFetch asked before a host is troubled on behalf of whoever named this id; copies cost nobody anything
   */
  find(clientId: string, mayFetch?: () => Promise<boolean>): Promise<ClientDocument>;
  /**
   * The keys that may have signed for this client; `kid` unknown to the copy makes it look again, within a limit.
   * Throws like `find`.
   */
  keys(document: ClientDocument, kid: string | null): Promise<readonly Record<string, unknown>[]>;
}

/** `null` counts as absent, as at registration; members that are not named here are ignored. */
const wire = z.looseObject({
  client_id: z.string(),
  client_name: z.string(),
  redirect_uris: z.array(z.string().max(2_048)).min(1).max(32),
  token_endpoint_auth_method: z.string().nullish(),
  token_endpoint_auth_methods_supported: z.array(z.string()).nullish(),
  logo_uri: z.string().nullish(),
  jwks: z.looseObject({ keys: z.array(z.record(z.string(), z.unknown())) }).nullish(),
  jwks_uri: z.string().nullish(),
});
type Wire = z.infer<typeof wire>;

/**
 * The document at this URL, from its text (P-38, P-40).
 * @param rules for its `jwks_uri`, which is as much somebody else's word as the id itself
 * @throws DownstreamError client_document_invalid, naming the member
 */
export async function readClientDocument(
  text: string,
  clientId: string,
  rules: OutboundRules,
): Promise<ClientDocument> {
  const found = parse(text);
  if (found.client_id !== clientId) {
    throw invalid("client_id", "exactly the URL of the document", found.client_id);
  }
  refuseSecrets(found);
  const name = displayName(found.client_name);
  if (name === "") throw invalid("client_name", "a name that can be read", "nothing readable");
  found.redirect_uris.forEach(checkRedirect);
  const jwks = found.jwks ?? null;
  const jwksUri = found.jwks_uri ?? null;
  if (jwks && jwksUri !== null) throw invalid("jwks_uri", "jwks or jwks_uri (RFC 7591 §2)", "both");
  if (jwks) checkClientKeys(jwks.keys, "jwks");
  checkKeysUri(jwksUri, rules);
  return {
    clientId,
    name,
    redirectUris: found.redirect_uris,
    authMethods: authMethodsOf(found),
    jwks,
    jwksUri,
    digest: await digestOf(found, name),
  };
}

/** @throws DownstreamError when a key is secret, or its private half is there for everybody to read */
export function checkClientKeys(keys: readonly Record<string, unknown>[], field: "jwks" | "jwks_uri"): void {
  for (const key of keys) {
    if (typeof key.kty !== "string") throw invalid(field, "JSON Web Keys", "a key without kty");
    if (key.kty === "oct" || privateMembers.some((member) => member in key)) {
      throw invalid(field, "public keys only", "a private or symmetric key");
    }
  }
}

/** RFC 7518 §6.2.2, §6.3.2, §6.4. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

function parse(text: string): Wire {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid("the document", "JSON", "something else");
  }
  const parsed = wire.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(issue?.path.join(".") || "the document", "a client metadata document", issue?.message ?? "");
}

/** Whoever can read a document would know its secret: there is none that it could name (P-40). */
function refuseSecrets(found: Wire): void {
  for (const member of ["client_secret", "client_secret_expires_at"]) {
    if ((found[member] ?? null) !== null) throw invalid(member, "no such member", "present");
  }
  for (const [field, method] of namedMethods(found)) {
    if (/^client_secret_/.test(method)) throw invalid(field, "none or private_key_jwt", method);
  }
}

type MethodField = "token_endpoint_auth_method" | "token_endpoint_auth_methods_supported";

function namedMethods(found: Wire): [MethodField, string][] {
  const one = found.token_endpoint_auth_method;
  const several = found.token_endpoint_auth_methods_supported ?? [];
  return [
    ...(one ? [["token_endpoint_auth_method", one] satisfies [MethodField, string]] : []),
    ...several.map((method): [MethodField, string] => ["token_endpoint_auth_methods_supported", method]),
  ];
}

/**
 * The one it prefers and those it can do besides are all offered; a document that names none has nothing to prove itself
 * with. What cannot be verified for want of keys is not offered.
 */
function authMethodsOf(found: Wire): ClientDocument["authMethods"] {
  const named = namedMethods(found).map(([, method]) => method);
  const none = named.length === 0 || named.includes("none");
  const signed = named.includes("private_key_jwt");
  const keyed = found.jwks ? found.jwks.keys.length > 0 : typeof found.jwks_uri === "string";
  if (signed && !keyed && !none) throw invalid("jwks_uri", "jwks or jwks_uri for private_key_jwt", "neither");
  if (!none && !signed) throw invalid("token_endpoint_auth_method", "none or private_key_jwt", named.join(", "));
  return [...(none ? (["none"] as const) : []), ...(signed && keyed ? (["private_key_jwt"] as const) : [])];
}

function checkRedirect(uri: string, index: number): void {
  const refused = refuseRedirect(uri);
  if (refused === null) return;
  throw invalid(`redirect_uris.${index}`, "https, or http on a loopback host", `${withoutQueries(uri)} ${refused}`);
}

function checkKeysUri(jwksUri: string | null, rules: OutboundRules): void {
  const refused = jwksUri === null ? null : refuseOutbound(jwksUri, rules);
  if (jwksUri === null || refused === null) return;
  throw invalid("jwks_uri", `an address that ${refused}`, withoutQueries(jwksUri));
}

function digestOf(found: Wire, name: string): Promise<string> {
  const { redirect_uris, logo_uri, jwks, jwks_uri } = found;
  const keys = jwks?.keys.map(sortedMembers).sort() ?? null;
  const agreed = [name, [...redirect_uris].sort(), logo_uri ?? null, jwks_uri ?? null, keys, authMethodsOf(found)];
  return sha256(JSON.stringify(agreed));
}

function sortedMembers(key: Record<string, unknown>): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function invalid(field: string, expected: string, seen: string): DownstreamError {
  return new DownstreamError("client_document_invalid", { field, expected, seen: printable(seen, 300) });
}
