// JWTs verified with a provider's signing keys: judged by their own words first, fetched for rarely.
import {
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import type { DiagnosisId } from "../../contract/diagnoses.ts";
import type { ReasonCode } from "../../contract/events.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { providerWords } from "../oauth/provider-words.ts";
import { trustedAlgorithms } from "../oauth/signing-algorithms.ts";
import { createKeySets, type KeySet, type KeySetParts } from "./key-sets.ts";

export { trustedAlgorithms };

export interface TokenExpectation {
  /** What a failure is called: id_token_invalid or access_token_invalid. */
  reason: Extract<ReasonCode, "id_token_invalid" | "access_token_invalid">;
  issuer: string;
  jwksUri: string | null;
  algorithms: readonly string[];
  /** Whether a published key may sign for whom the token speaks; any may when absent. */
  fits?: ((key: KeySet["keys"][number]) => boolean) | undefined;
}

export interface Keys {
  /**
   * The claims of a JWT whose algorithm, issuer, signature and times hold; audience and the rest are the caller's.
   * Throws a DownstreamError with the expectation's reason, or what fetching the keys brought.
   */
  verify(token: string, expected: TokenExpectation): Promise<JWTPayload>;
  /**
   * Resolves when the signature of a JWS holds, with the published keys that its `kid` names; everything else is the
   * caller's. Throws jose's JWKSNoMatchingKey or another of its errors, or what fetching the keys brought.
   */
  verifySignature(token: string, jwksUri: string): Promise<KeySet["keys"]>;
}

const skewSeconds = 60;
/** No provider's token is larger; more would only cost time to refuse (CVE-2025-61920). */
const maximumLength = 32 * 1024;

export function createKeys(parts: KeySetParts): Keys {
  const { now } = parts;
  const keySets = createKeySets(parts);

  return {
    async verify(token, expected) {
      judgeUnverified(token, expected);
      if (expected.jwksUri === null) {
        throw new DownstreamError("profile_incomplete", { field: "jwksUri", expected: "the provider's key set" });
      }
      const options: JWTVerifyOptions = {
        algorithms: [...expected.algorithms],
        issuer: expected.issuer,
        requiredClaims: ["exp"],
        clockTolerance: skewSeconds,
        currentDate: new Date(now() * 1000),
      };
      try {
        return await keySets.withKeys(expected.jwksUri, async (set) => {
          const { payload, protectedHeader } = await withEachKey(set, (key) => jwtVerify(token, key, options));
          if (namedKeys(set, protectedHeader.kid).every(expected.fits ?? (() => true))) return payload;
          const seen = "a key that signs for another issuer";
          throw new DownstreamError(expected.reason, { expected: `a key of ${expected.issuer}`, seen });
        });
      } catch (error) {
        throw error instanceof DownstreamError ? error : verificationFailure(error, expected);
      }
    },

    async verifySignature(token, jwksUri) {
      const options = { algorithms: [...trustedAlgorithms] };
      return keySets.withKeys(jwksUri, async (set) => {
        const { protectedHeader } = await withEachKey(set, (key) => compactVerify(token, key, options));
        return namedKeys(set, protectedHeader.kid);
      });
    },
  };
}

function namedKeys(set: KeySet, name: string | undefined): KeySet["keys"] {
  return set.keys.filter(({ kid }) => name === undefined || name === kid);
}

/** Whether this is shaped like a signed JWT: three parts, of which the first is a header that names an algorithm. */
export function isJwt(token: string): boolean {
  if (token.split(".").length !== 3) return false;
  try {
    return typeof decodeProtectedHeader(token).alg === "string";
  } catch {
    return false;
  }
}

/** Algorithm and issuer before any fetch: a token of somebody else costs nothing. */
function judgeUnverified(token: string, expected: TokenExpectation): void {
  const refuse = (what: string, seen: string): never => {
    throw new DownstreamError(expected.reason, { expected: what, seen: providerWords(seen) });
  };
  if (token.length > maximumLength) refuse(`at most ${maximumLength} characters`, `${token.length} characters`);
  let algorithm: unknown;
  let issuer: unknown;
  try {
    algorithm = decodeProtectedHeader(token).alg;
    issuer = decodeJwt(token).iss;
  } catch {
    refuse("a signed JWT", "something else");
  }
  if (!expected.algorithms.includes(String(algorithm))) {
    refuse(`alg ${expected.algorithms.join(" ")}`, `alg ${String(algorithm)}`);
  }
  if (issuer !== expected.issuer) refuse(`iss ${expected.issuer}`, `iss ${String(issuer)}`);
}

type VerifyingKey = KeySet["resolve"];

/** Without `kid` any of the keys that fit may have signed a token: each is tried. */
async function withEachKey<T>({ resolve }: KeySet, verify: (key: VerifyingKey) => Promise<T>): Promise<T> {
  try {
    return await verify(resolve);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return await verify(Object.assign(async () => key, { jwks: resolve.jwks }));
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function verificationFailure(error: unknown, expected: TokenExpectation): DownstreamError {
  const seen = error instanceof errors.JOSEError ? error.message : "a token that could not be verified";
  return new DownstreamError(expected.reason, {
    diagnosis: diagnosisOf(error),
    expected: `a token signed by ${expected.issuer} that is valid now`,
    seen: providerWords(seen),
  });
}

function diagnosisOf(error: unknown): DiagnosisId | undefined {
  if (error instanceof errors.JWKSNoMatchingKey) return "KEY_UNKNOWN";
  return error instanceof errors.JWSSignatureVerificationFailed ? "SIGNATURE_INVALID" : undefined;
}
