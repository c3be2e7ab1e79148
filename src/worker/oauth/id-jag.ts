// Identity assertion grants (ID-JAG): what an enterprise's assertion must say to be worth a token here (P-94, P-95).
import { type Claims, claimText } from "./claim-path.ts";
import type { Identity } from "./downstream.ts";
import { DownstreamError } from "./downstream-error.ts";
import { appUserId } from "./identity-claims.ts";
import type { EnterpriseIssuer } from "./profile.ts";
import { providerWords } from "./provider-words.ts";
import { meansServer } from "./resource.ts";
import { allScopes, isOfResource, parseScope } from "./scope.ts";
import { trustedAlgorithms } from "./signing-algorithms.ts";
import { type BroaderScopes, missingScopes } from "./tool-scopes.ts";

/** Seconds by which the issuer's clock may differ. */
const skew = 60;
/** Seconds. Identity providers issue them for five minutes; each is remembered until it has expired (EMA §7.4.2). */
const longestLife = 3600;
/** OIDC Core §2: a subject has no more characters. */
const longestSubject = 255;

export interface IdJagExpectation {
  issuers: readonly EnterpriseIssuer[];
  /** The server's own issuer. */
  audience: string;
  /** The client that has just authenticated. */
  clientId: string;
  /** The server's MCP URL. */
  resource: string;
}

export interface IdJag {
  issuer: EnterpriseIssuer;
  tenant: string | null;
  subject: string;
  jti: string;
  /** From then on its age alone refuses it, epoch seconds. */
  until: number;
  /** Null when it does not speak of scopes. */
  scope: string[] | null;
}

/**
 * Everything about an ID-JAG but its signature, its issuer before anything else that could make somebody fetch keys.
 * Throws a DownstreamError with a reason for each mismatch; what is expected never tells of other issuers or tenants,
 * which are the operator's customers (ID-JAG, Metadata Disclosure).
 */
export function judgeIdJag(
  { header, claims }: { header: Claims; claims: Claims },
  expected: IdJagExpectation,
  now: number,
): IdJag {
  judgeHeader(header);
  const issuer = expected.issuers.find((one) => one.issuer === claims.iss);
  if (!issuer) throw refused("id_jag_issuer", "an issuer that the profile lists", claims.iss, "enterpriseIssuers");
  const tenant = judgeTenant(claims.tenant, issuer);
  judgeAddressees(claims, expected);
  const until = judgeTimes(claims, now);
  return { issuer, tenant, until, subject: subjectIn(claims), jti: text(claims, "jti"), scope: scopeIn(claims.scope) };
}

/** RFC 8725 §3.11: without its own type, any other signed statement of the issuer would do as well. */
function judgeHeader({ typ, alg }: Claims): void {
  const type = typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : null;
  if (type !== "oauth-id-jag+jwt") throw refused("id_jag_type", "typ oauth-id-jag+jwt", typ);
  if (!trustedAlgorithms.includes(String(alg))) {
    throw refused("id_jag_algorithm", `alg ${trustedAlgorithms.join(" ")}`, alg);
  }
}

/**
 * At an issuer of several tenants a subject is only somebody together with its tenant, and any tenant's administrator
 * can make one (ID-JAG §6): such an assertion is taken only where the profile says whose.
 */
function judgeTenant(tenant: unknown, { tenants = [] }: EnterpriseIssuer): string | null {
  if (tenant === undefined && tenants.length === 0) return null;
  const known = tenants.find((one) => one === tenant);
  if (known !== undefined) return known;
  const expected = tenants.length > 0 ? "a tenant that the profile lists" : "no tenant, as the profile lists none";
  throw refused("id_jag_tenant", expected, tenant, "enterpriseIssuers");
}

/** For whom it is: this server alone, as authorization server and as resource, and this client (EMA §7.6). */
function judgeAddressees({ aud, client_id, resource }: Claims, expected: IdJagExpectation): void {
  const [audience, ...others] = Array.isArray(aud) ? aud : [aud];
  if (audience !== expected.audience || others.length > 0) {
    throw refused("id_jag_audience", `aud ${expected.audience}`, aud);
  }
  if (client_id !== expected.clientId) throw refused("id_jag_client", `client_id ${expected.clientId}`, client_id);
  // Optional in an ID-JAG (ID-JAG §3.1): this issuer has one server, which `aud` has named already.
  if (resource === undefined) return;
  const resources: unknown[] = Array.isArray(resource) ? resource : [resource];
  const means = (one: unknown) => typeof one === "string" && meansServer(one, expected.resource);
  if (resources.length > 0 && resources.every(means)) return;
  throw refused("id_jag_resource", `resource ${expected.resource}`, resource);
}

/** @returns when the assertion is over, with what is allowed for a clock that differs */
function judgeTimes(claims: Claims, now: number): number {
  const exp = time(claims, "exp");
  const iat = time(claims, "iat");
  const begins = claims.nbf === undefined ? iat : Math.max(iat, time(claims, "nbf"));
  if (exp + skew <= now) throw refused("id_jag_expired", `exp after ${now - skew}`, exp);
  if (begins > now + skew) throw refused("id_jag_not_yet_valid", `iat and nbf until ${now + skew}`, begins);
  if (exp - iat > longestLife) throw refused("id_jag_lifetime", `${longestLife} seconds at most`, exp - iat);
  return Math.ceil(exp) + skew;
}

function subjectIn(claims: Claims): string {
  const subject = text(claims, "sub");
  if (subject.length <= longestSubject) return subject;
  throw refused("id_jag_claim", `sub of ${longestSubject} characters at most`, subject.length);
}

function scopeIn(scope: unknown): string[] | null {
  if (scope === undefined) return null;
  const scopes = typeof scope === "string" ? parseScope(scope) : null;
  if (scopes === null) throw refused("id_jag_claim", "scope as one text with blanks between", typeof scope);
  return scopes;
}

/**
 * Requested ∩ assertion's ∩ server's, in the server's order (EMA §7.2.1), where a broader scope stands for those that it
 * includes (P-17). A request without scopes asks for all that the assertion has. One that does not speak of scopes
 * stands for the server's baseline, as a sign-in without scopes does (P-63), and never for what tools ask beyond it.
 * Throws id_jag_scopes when nothing is left of what there was.
 */
export function enterpriseScope(
  requested: readonly string[],
  granted: readonly string[] | null,
  server: Parameters<typeof allScopes>[0] & { broaderScopes?: BroaderScopes },
): string[] {
  const { broaderScopes = [] } = server;
  const known = [...new Set([...allScopes(server), ...broaderScopes.map(({ name }) => name)])].filter(isOfResource);
  const wanted = requested.filter(isOfResource);
  const within = (held: readonly string[]) => (scope: string) =>
    missingScopes(held, [scope], broaderScopes).length === 0;
  const given = known.filter(within(granted ?? server.scopes));
  const scope = wanted.length > 0 ? given.filter(within(wanted)) : given;
  const none = known.length === 0 || (granted === null && wanted.length === 0);
  if (scope.length > 0 || none) return scope;
  throw refused("id_jag_scopes", `one of ${known.join(" ")}`, granted?.join(" ") || "no scopes");
}

/**
 * Who the assertion speaks of, where its issuer is not the profile's own provider: keyed under that issuer, and its
 * tenant, so that no two issuers can name the same person.
 */
export async function enterpriseIdentity(
  organizationId: string,
  { issuer: { issuer }, tenant, subject: sub }: IdJag,
  claims: Claims,
): Promise<Identity> {
  // Escaped, a tenant holds no colon: what stands behind the first one is the subject.
  const subject = tenant === null ? sub : `${encodeURIComponent(tenant)}:${sub}`;
  const userId = await appUserId(organizationId, issuer, subject);
  return { userId, issuer, subject, workspace: tenant, email: claimText(claims, ["email"]) };
}

function text(claims: Claims, name: string): string {
  const value = claims[name];
  if (typeof value === "string" && value !== "") return value;
  throw refused("id_jag_claim", `${name} as text`, value === undefined ? `no ${name}` : typeof value);
}

function time(claims: Claims, name: string): number {
  const value = claims[name];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw refused("id_jag_claim", `${name} as a number`, value === undefined ? `no ${name}` : typeof value);
}

function refused(
  reason: Extract<DownstreamError["reason"], `id_jag_${string}`>,
  expected: string,
  seen: unknown,
  field = "assertion",
): DownstreamError {
  const told = seen === undefined ? "none" : typeof seen === "string" ? seen : JSON.stringify(seen);
  return new DownstreamError(reason, { field, expected, seen: providerWords(told) });
}
