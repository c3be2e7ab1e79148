// A client that proves itself by a key (private_key_jwt): its document, its published keys, and every way to sign wrongly.
import { exportJWK, generateKeyPair, type JWK, SignJWT, type SignOptions } from "jose";
import { inject } from "vitest";
import { DocumentClient } from "./document-host.ts";
import type { Shop } from "./journey.ts";

export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface Key {
  privateKey: CryptoKey;
  publicJwk: JWK;
}

export async function newKey(kid?: string, alg = "ES256"): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicJwk: { ...(await exportJWK(publicKey)), alg, ...(kid !== undefined && { kid }) } };
}

export interface Signed {
  /** Instead of, or besides, what a right assertion says; `undefined` leaves a claim out. */
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: CryptoKey | Uint8Array;
  options?: SignOptions;
}

export class KeyClient extends DocumentClient {
  key!: Key;

  /** Publishes a document with these methods, the first of them preferred, and the keys behind `jwks_uri`. */
  async publishKeys(methods: readonly string[] = ["private_key_jwt"], members: object = {}): Promise<this> {
    this.key ??= await newKey("key-1");
    await this.rotate([this.key]);
    return this.publish({
      token_endpoint_auth_method: methods[0],
      token_endpoint_auth_methods_supported: methods,
      jwks_uri: this.keysUrl,
      ...members,
    });
  }

  get keysPath(): string {
    return this.path.replace(".json", ".jwks");
  }

  get keysUrl(): string {
    return `${inject("publishedUrl")}${this.keysPath}`;
  }

  /** What stands at `jwks_uri` from now on. */
  async rotate(keys: readonly Key[], answer: object = {}): Promise<void> {
    const body = { keys: keys.map(({ publicJwk }) => publicJwk) };
    await fetch(this.keysUrl, { method: "PUT", body: JSON.stringify({ body, ...answer }) });
  }

  assertion({ claims = {}, header = {}, key, options }: Signed = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: this.clientId, sub: this.clientId, aud: this.shop.issuer, iat: now, exp: now + 300 };
    return new SignJWT({ ...usual, jti: crypto.randomUUID(), ...claims })
      .setProtectedHeader({ alg: "ES256", kid: this.key.publicJwk.kid ?? "", ...header })
      .sign(key ?? this.key.privateKey, options);
  }

  /** With an assertion of its own each time, unless `client_assertion` says another (null: none). */
  override async post(
    endpoint: "token" | "revoke",
    parameters: Record<string, string | null>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const proof =
      parameters.client_assertion === undefined
        ? { client_assertion: await this.assertion() }
        : { client_assertion: parameters.client_assertion };
    const type = proof.client_assertion === null ? null : assertionType;
    return super.post(endpoint, { client_assertion_type: type, ...parameters, ...proof }, headers);
  }
}

export async function keyClient(shop: Shop, methods?: readonly string[]): Promise<KeyClient> {
  return new KeyClient(shop).publishKeys(methods);
}

/** A refresh as another door may be knocked at with it. */
export async function refreshForm(of: KeyClient, refreshToken: string, assertion?: string): Promise<RequestInit> {
  const body = new URLSearchParams({
    ...{ grant_type: "refresh_token", refresh_token: refreshToken, client_assertion_type: assertionType },
    client_assertion: assertion ?? (await of.assertion()),
  });
  return { method: "POST", body };
}

/** A compact JWT with a header and signature of one's choice. */
export function forged(header: object, claims: object, signature = ""): string {
  const part = (value: object) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part(header)}.${part(claims)}.${signature}`;
}
