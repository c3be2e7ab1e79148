// Who the gateway is to the provider: the client authentication methods and the secrets that are live.
import { importJWK, type JWK } from "jose";
import * as oauth from "oauth4webapi";
import * as z from "zod";
import { type ProviderPreset, usualPreset } from "../../contract/providers.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import type { ProviderMetadata } from "../oauth/provider-metadata.ts";
import type { Secret } from "../oauth/secret.ts";
import type { Relation } from "./parts.ts";

type Method = NonNullable<GatewayProfile["tokenEndpointAuthMethod"]>;

/** The profile's method; else none without a secret, else the preset's first that the provider lists, or its first. */
export function authenticationMethod(
  profile: Pick<GatewayProfile, "tokenEndpointAuthMethod" | "clientSecretsSealed">,
  provider: Pick<ProviderMetadata, "authMethods">,
  { client: { methods } }: Pick<ProviderPreset, "client"> = usualPreset,
): Method {
  if (profile.tokenEndpointAuthMethod) return profile.tokenEndpointAuthMethod;
  if (profile.clientSecretsSealed.length === 0) return "none";
  // Some servers list what other clients of theirs do; what they leave out may still be this client's way.
  return methods.find((method) => provider.authMethods.includes(method)) ?? methods[0] ?? "client_secret_basic";
}

/**
 * One authentication per live secret, the newest first; exactly one for a public client.
 * Throws profile_incomplete when the method needs a secret that is missing or cannot be used.
 */
export async function clientAuthentications(
  relation: Relation,
  openSecret: (gatewayId: string, sealed: string) => Promise<Secret>,
): Promise<(() => Promise<oauth.ClientAuth>)[]> {
  const { profile, provider, preset } = relation;
  const method = authenticationMethod(profile, provider, preset);
  if (method === "none") return [async () => oauth.None()];
  if (profile.clientSecretsSealed.length === 0) {
    throw new DownstreamError("profile_incomplete", { field: "clientSecret", expected: `a secret for ${method}` });
  }
  return profile.clientSecretsSealed.map((sealed) => async () => {
    const secret = await open(() => openSecret(profile.id, sealed));
    if (method === "client_secret_post") return oauth.ClientSecretPost(secret.reveal());
    if (method === "client_secret_basic") return inHeader(secret);
    return oauth.PrivateKeyJwt(await privateKey(secret));
  });
}

/** The header of RFC 6749 §2.3.1 for calls outside the token endpoint, one per live secret, the newest first. */
export async function basicHeaders(
  { profile, clientId }: Pick<Relation, "profile" | "clientId">,
  openSecret: (gatewayId: string, sealed: string) => Promise<Secret>,
): Promise<Record<string, string>[]> {
  const headers = profile.clientSecretsSealed.map(async (sealed) => {
    const secret = await open(() => openSecret(profile.id, sealed));
    return { authorization: basic(clientId, secret) };
  });
  return Promise.all(headers);
}

function inHeader(secret: Secret): oauth.ClientAuth {
  return (_server, client, _body, headers) => headers.set("authorization", basic(client.client_id, secret));
}

/**
 * Encoded as a form is (RFC 6749 §2.3.1, appendix B) and no further: a server that never decodes still understands a
 * hyphen or a dot.
 */
function basic(clientId: string, secret: Secret): string {
  const encode = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);
  return `Basic ${btoa(`${encode(clientId)}:${encode(secret.reveal())}`)}`;
}

async function open(read: () => Promise<Secret>): Promise<Secret> {
  try {
    return await read();
  } catch {
    throw new DownstreamError("profile_incomplete", {
      field: "clientSecret",
      expected: "a secret sealed under a master key of this deployment",
    });
  }
}

const privateJwk = z.looseObject({
  kty: z.enum(["RSA", "EC", "OKP"]),
  d: z.string(),
  crv: z.string().default(""),
  alg: z.string().default(""),
  kid: z.string().default(""),
});

async function privateKey(secret: Secret): Promise<oauth.PrivateKey> {
  try {
    const jwk = privateJwk.parse(JSON.parse(secret.reveal()));
    const key = await importJWK(toJwk(jwk), algorithmOf(jwk));
    if (key instanceof Uint8Array) throw new TypeError("a symmetric key");
    return { key, ...(jwk.kid ? { kid: jwk.kid } : {}) };
  } catch {
    // The parser's own message could quote the key.
    throw new DownstreamError("profile_incomplete", {
      field: "clientSecret",
      expected: "a private JWK (RSA, EC or OKP) for private_key_jwt",
    });
  }
}

/** Without the members that say what the key may be used for: the gateway signs with it. */
function toJwk({ kty, use: _use, key_ops: _operations, ...rest }: z.infer<typeof privateJwk>): JWK {
  return { ...rest, kty };
}

function algorithmOf(jwk: z.infer<typeof privateJwk>): string {
  if (jwk.alg) return jwk.alg;
  if (jwk.kty === "RSA") return "RS256";
  const byCurve: Record<string, string> = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", Ed25519: "EdDSA" };
  return byCurve[jwk.crv] ?? "ES256";
}
