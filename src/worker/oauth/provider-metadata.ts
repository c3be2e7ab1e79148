// A provider's metadata: what the gateway reads of the document, with the profile's overrides laid over it.
import * as z from "zod";
import type { ProviderPreset } from "../../contract/providers.ts";
import { DownstreamError } from "./downstream-error.ts";
import type { GatewayProfile } from "./profile.ts";

// Some servers publish null where others leave the member out.
const text = z
  .string()
  .min(1)
  .nullish()
  .transform((value) => value ?? undefined);
const list = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? undefined);

/** RFC 8414 §2 and OIDC Discovery §3; open, because every provider adds members of its own. */
const documentSchema = z.looseObject({
  issuer: z.string().min(1),
  authorization_endpoint: text,
  token_endpoint: text,
  jwks_uri: text,
  userinfo_endpoint: text,
  revocation_endpoint: text,
  introspection_endpoint: text,
  scopes_supported: list,
  code_challenge_methods_supported: list,
  token_endpoint_auth_methods_supported: list,
  id_token_signing_alg_values_supported: list,
  authorization_response_iss_parameter_supported: z.boolean().nullish(),
});

export type MetadataDocument = z.infer<typeof documentSchema>;

/** One provider as the downstream client deals with it. */
export interface ProviderMetadata {
  /** What its tokens name; the profile's own word wins. */
  issuer: string;
  /** What it calls itself in its document, and so in its answers (RFC 9207 §2). */
  documentIssuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  jwksUri: string | null;
  userinfoEndpoint: string | null;
  revocationEndpoint: string | null;
  introspectionEndpoint: string | null;
  /** Empty when the document does not say. */
  scopes: readonly string[];
  authMethods: readonly string[];
  idTokenAlgorithms: readonly string[];
  /** RFC 9207 §3: the answer must then name its issuer. */
  sendsIssuer: boolean;
}

/** The document, or what is wrong with it: the member and what it should be. */
export function readMetadataDocument(
  json: unknown,
): { ok: true; document: MetadataDocument } | { ok: false; problem: string } {
  const parsed = documentSchema.safeParse(json);
  if (parsed.success) return { ok: true, document: parsed.data };
  const issue = parsed.error.issues[0];
  const member = issue?.path.map(String).join(".") || "the document";
  return { ok: false, problem: `${member}: ${issue?.message ?? "not usable"}` };
}

/**
 * The profile's own endpoints win over the document's; `document` is null when everything is set by hand.
 * Throws a DownstreamError that names the missing field, or the challenge methods when S256 is not among them.
 */
export function overlayMetadata(
  profile: GatewayProfile,
  document: MetadataDocument | null,
  rules?: Pick<ProviderPreset["discovery"], "replaced" | "refused">,
): ProviderMetadata {
  const issuer = profile.issuer ?? document?.issuer ?? profile.pinnedIssuer ?? profile.authorizationServerUrl;
  if (!issuer) throw new DownstreamError("profile_incomplete", { field: "issuer", expected: "the provider's issuer" });
  if (rules?.refused?.issuer.test(issuer)) throw unusable(rules.refused, issuer);
  const authorizationEndpoint = profile.authorizationEndpoint ?? led(document?.authorization_endpoint, rules);
  const tokenEndpoint = profile.tokenEndpoint ?? led(document?.token_endpoint, rules);
  if (!authorizationEndpoint) throw missing("authorizationEndpoint", "authorization_endpoint");
  if (!tokenEndpoint) throw missing("tokenEndpoint", "token_endpoint");
  const methods = document?.code_challenge_methods_supported;
  // A silent document is no reason to refuse: Entra, Cognito and others take S256 without saying so.
  if (methods && methods.length > 0 && !methods.includes("S256")) {
    throw new DownstreamError("metadata_invalid", {
      expected: "S256 in code_challenge_methods_supported",
      seen: methods.join(" ").slice(0, 200),
    });
  }
  return {
    issuer,
    documentIssuer: document?.issuer ?? issuer,
    authorizationEndpoint: absolute("authorizationEndpoint", authorizationEndpoint),
    tokenEndpoint: absolute("tokenEndpoint", tokenEndpoint),
    jwksUri: absolute("jwksUri", profile.jwksUri ?? document?.jwks_uri ?? null),
    userinfoEndpoint: absolute("userinfo_endpoint", document?.userinfo_endpoint ?? null),
    revocationEndpoint: absolute("revocation_endpoint", document?.revocation_endpoint ?? null),
    introspectionEndpoint: absolute("introspection_endpoint", document?.introspection_endpoint ?? null),
    scopes: document?.scopes_supported ?? [],
    authMethods: document?.token_endpoint_auth_methods_supported ?? [],
    idTokenAlgorithms: document?.id_token_signing_alg_values_supported ?? [],
    sendsIssuer: document?.authorization_response_iss_parameter_supported === true,
  };
}

/** Where the document leads, or where the preset knows that it should. */
function led(url: string | undefined, rules?: Pick<ProviderPreset["discovery"], "replaced">): string | undefined {
  const known = url === undefined ? undefined : rules?.replaced.find(({ matches }) => matches.test(url));
  return known ? url?.replace(known.matches, known.to) : url;
}

function unusable({ instead }: NonNullable<ProviderPreset["discovery"]["refused"]>, issuer: string): DownstreamError {
  const expected = instead.replace("{issuer}", issuer.replace(/\/$/, ""));
  const detail = { field: "authorizationServerUrl", expected, seen: issuer.slice(0, 300) };
  return new DownstreamError("metadata_invalid", { ...detail, diagnosis: "DISCOVERY_NOT_FOUND" });
}

/** True when nothing is left for a document to say. */
export function isSetByHand(profile: GatewayProfile): boolean {
  return Boolean(
    !profile.metadataUrl && profile.authorizationEndpoint && profile.tokenEndpoint && profile.jwksUri && profile.issuer,
  );
}

function absolute<T extends string | null>(field: string, url: T): T {
  if (url === null || URL.canParse(url)) return url;
  throw new DownstreamError("metadata_invalid", { field, expected: "an absolute URL", seen: url.slice(0, 200) });
}

function missing(field: string, member: string): DownstreamError {
  return new DownstreamError("metadata_invalid", { field, expected: `${member} in the discovery document` });
}
