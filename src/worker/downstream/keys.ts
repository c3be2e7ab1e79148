// A provider's signing keys, and JWTs verified with them: judged by their own words first, fetched for rarely.
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type LocalJWKSet,
} from "jose";
import * as z from "zod";
import type { ReasonCode } from "../../contract/events.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { providerWords } from "../oauth/provider-words.ts";
import { type Copies, type CopyStore, createCopies } from "./copies.ts";
import { fetchDocument, type GuardedFetch } from "./http.ts";

/** Asymmetric only: with a shared secret the public key would sign (CVE-2026-22817, CVE-2026-22818). */
export const trustedAlgorithms: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

export interface TokenExpectation {
  /** What a failure is called: id_token_invalid or access_token_invalid. */
  reason: Extract<ReasonCode, "id_token_invalid" | "access_token_invalid">;
  issuer: string;
  jwksUri: string | null;
  algorithms: readonly string[];
}

export interface Keys {
  /**
   * The claims of a JWT whose algorithm, issuer, signature and times hold; audience and the rest are the caller's.
   * Throws a DownstreamError with the expectation's reason, or what fetching the keys brought.
   */
  verify(token: string, expected: TokenExpectation): Promise<JWTPayload>;
}

/** An unknown key is a reason to fetch again, but a flood of unknown keys is not a flood of fetches. */
const cooldownSeconds = 30;
const skewSeconds = 60;
/** No provider's token is larger; more would only cost time to refuse (CVE-2025-61920). */
const maximumLength = 32 * 1024;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

export function createKeys(parts: { now(): number; store: CopyStore; guardedFetch: GuardedFetch }): Keys {
  const { now } = parts;
  const copies: Copies<LocalJWKSet> = createCopies({
    kind: "jwks",
    now,
    store: parts.store,
    parse: (text) => createLocalJWKSet(parseKeySet(text)),
  });
  /** When each set was last fetched or tried, in epoch seconds. */
  const attempts = new Map<string, number>();

  function attempt(uri: string): Promise<string> {
    if (attempts.size > 500) attempts.clear();
    attempts.set(uri, now());
    return fetchDocument(parts.guardedFetch, uri);
  }

  async function verifyWith(token: string, expected: TokenExpectation, uri: string): Promise<JWTPayload> {
    const options: JWTVerifyOptions = {
      algorithms: [...expected.algorithms],
      issuer: expected.issuer,
      requiredClaims: ["exp"],
      clockTolerance: skewSeconds,
      currentDate: new Date(now() * 1000),
    };
    const known = await copies.read(uri, () => attempt(uri));
    try {
      return await verifyWithSet(token, known.value, options);
    } catch (error) {
      const lastAttempt = Math.max(attempts.get(uri) ?? 0, known.fetchedAt);
      if (!(error instanceof errors.JWKSNoMatchingKey) || now() - lastAttempt < cooldownSeconds) throw error;
      const renewed = await copies.renew(uri, () => attempt(uri));
      return verifyWithSet(token, renewed.value, options);
    }
  }

  return {
    async verify(token, expected) {
      judgeUnverified(token, expected);
      if (expected.jwksUri === null) {
        throw new DownstreamError("profile_incomplete", { field: "jwksUri", expected: "the provider's key set" });
      }
      try {
        return await verifyWith(token, expected, expected.jwksUri);
      } catch (error) {
        throw error instanceof DownstreamError ? error : verificationFailure(error, expected);
      }
    },
  };
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

async function verifyWithSet(token: string, set: LocalJWKSet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, set, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // A token without kid: any of the keys that fit may have signed it.
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
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
    expected: `a token signed by ${expected.issuer} that is valid now`,
    seen: providerWords(seen),
  });
}

function parseKeySet(text: string): z.infer<typeof keySet> {
  try {
    return keySet.parse(JSON.parse(text));
  } catch {
    throw new DownstreamError("metadata_invalid", { expected: "a JSON Web Key Set", field: "jwksUri" });
  }
}
