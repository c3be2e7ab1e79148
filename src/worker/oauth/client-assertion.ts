// A client's signed statement about itself (private_key_jwt): read, judged, verified (RFC 7523 §3, P-69).
import {
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type LocalJWKSet,
} from "jose";
import type { ReasonCode } from "../../contract/events.ts";
import { WireError } from "./errors.ts";
import { printable } from "./params.ts";
import { Secret } from "./secret.ts";
import { trustedAlgorithms } from "./signing-algorithms.ts";

/** RFC 7523 §2.2: the one value of `client_assertion_type` that is read. */
export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Taken apart; nothing of it is proven yet. */
export interface ClientAssertion {
  token: Secret;
  /** `sub`. */
  clientId: string;
  /** Lower case, without the `application/` that may stand before it (RFC 7515 §4.1.9); null when absent. */
  type: string | null;
  kid: string | null;
  claims: JWTPayload;
}

/** A judged assertion: what single use needs to know of it. */
export interface DatedAssertion {
  jti: string;
  /** When its age alone refuses it, epoch seconds. */
  until: number;
}

/** Seconds by which clocks may differ. */
const skew = 60;
/** Seconds: usual clients sign for one to ten minutes, and every use is remembered for as long. */
const longest = 600;
/** Keys that a signature without `kid` is tried with: a set that fits them all costs its verifier, not its publisher. */
const mostKeys = 8;

/** Absent or JWT: as written before assertions had a type of their own. */
const legacyTypes: readonly (string | null)[] = [null, "jwt"];
const ownType = "client-authentication+jwt";

/** @throws WireError 401 invalid_client: no JWT, an algorithm that is not trusted, or somebody else's kind of JWT */
export function readClientAssertion(token: string): ClientAssertion {
  const { header, claims } = decode(token);
  if (typeof header.alg !== "string" || !trustedAlgorithms.includes(header.alg)) {
    throw refused("client_assertion_invalid", "alg", trustedAlgorithms.join(" "), header.alg);
  }
  const type = header.typ === undefined ? null : `${header.typ}`.toLowerCase().replace(/^application\//, "");
  if (type !== ownType && !legacyTypes.includes(type)) {
    throw refused("client_assertion_invalid", "typ", `${ownType} or JWT`, header.typ);
  }
  const { sub } = claims;
  if (typeof sub !== "string" || sub === "") throw refused("client_assertion_invalid", "sub", "the client's id", sub);
  const kid = typeof header.kid === "string" ? header.kid : null;
  return { token: new Secret(token), clientId: sub, type, kid, claims };
}

/**
 * Everything but the signature, so that what is refused costs no look at a key.
 * @param at the server: its issuer is the audience; its token endpoint is tolerated for untyped assertions only
 * @param now epoch seconds
 * @throws WireError 401 invalid_client, naming the claim
 */
export function judgeClientAssertion(
  { type, clientId, claims }: ClientAssertion,
  at: { issuer: string; tokenEndpoint: string },
  now: number,
): DatedAssertion {
  const { iss, aud, exp, nbf, iat, jti } = claims;
  if (iss !== clientId) throw refused("client_assertion_invalid", "iss", "the same as sub", iss);
  const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  const accepted = legacyTypes.includes(type) ? [at.issuer, at.tokenEndpoint] : [at.issuer];
  if (typeof audience !== "string" || !accepted.includes(audience)) {
    throw refused("client_assertion_audience", "aud", at.issuer, aud);
  }
  if (!isTime(exp)) throw refused("client_assertion_invalid", "exp", "epoch seconds", exp);
  if (exp + skew <= now) throw refused("client_assertion_expired", "exp", `after ${now}`, exp);
  if (exp > now + longest + skew) {
    throw refused("client_assertion_invalid", "exp", `at most ${longest} seconds ahead`, exp - now);
  }
  for (const [claim, time] of Object.entries({ nbf, iat })) {
    if (time === undefined || (isTime(time) && time <= now + skew)) continue;
    throw refused("client_assertion_invalid", claim, `at most ${now}`, time);
  }
  if (typeof jti !== "string" || jti === "") {
    throw refused("client_assertion_invalid", "jti", "an id that is used once", jti);
  }
  return { jti, until: Math.ceil(exp) + skew };
}

/**
 * Resolves when one of these keys signed it: the one that `kid` names, or without `kid` any that fits the algorithm.
 * @throws WireError 401 invalid_client, client_assertion_signature
 */
export async function verifyClientAssertion(
  { token, kid }: ClientAssertion,
  keys: readonly Record<string, unknown>[],
): Promise<void> {
  const set = setOf(keys);
  const options = { algorithms: [...trustedAlgorithms] };
  try {
    await compactVerify(token.reveal(), set, options).catch(async (error: unknown) => {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      await verifyWithEach(token, error, options);
    });
  } catch (error) {
    const unknown = error instanceof errors.JWKSNoMatchingKey;
    const seen = unknown && kid !== null ? `kid ${kid}, which is not published` : "a signature of none of them";
    throw refused("client_assertion_signature", "signature", "one of the client's published keys", seen);
  }
}

/** Keys are imported once for as long as their copy lives: importing one costs as much as verifying with it. */
const sets = new WeakMap<readonly Record<string, unknown>[], LocalJWKSet>();

function setOf(keys: readonly Record<string, unknown>[]): LocalJWKSet {
  const known = sets.get(keys);
  if (known) return known;
  const set = createLocalJWKSet({ keys: keys.map((key) => ({ ...key, kty: String(key.kty) })) });
  sets.set(keys, set);
  return set;
}

async function verifyWithEach(
  token: Secret,
  fitting: errors.JWKSMultipleMatchingKeys,
  options: { algorithms: string[] },
): Promise<void> {
  let left = mostKeys;
  for await (const key of fitting) {
    if (left-- === 0) break;
    const verified = await compactVerify(token.reveal(), key, options).catch(() => null);
    if (verified) return;
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** 401 without a challenge: an assertion never comes in the Authorization header. */
function refused(reason: ReasonCode, claim: string, expected: string, seen: unknown): WireError {
  const shown = seen === undefined ? "absent" : printable(typeof seen === "string" ? seen : JSON.stringify(seen), 300);
  return new WireError(401, "invalid_client", reason, { field: `client_assertion ${claim}`, expected, seen: shown });
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function decode(token: string) {
  try {
    if (token.split(".").length === 3) return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    // Told below, without a word of what it was.
  }
  throw refused("client_assertion_invalid", "form", "a signed JWT", "something else");
}
