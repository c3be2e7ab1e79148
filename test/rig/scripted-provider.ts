// A provider whose every answer the test writes: documents, keys, tokens with any claims, signed with real keys.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from "jose";

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Text is sent as it is, anything else as JSON. */
  body?: unknown;
}

export interface Asked {
  path: string;
  method: string;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

export class ScriptedProvider {
  readonly origin: string;
  readonly asked: Asked[] = [];
  readonly close: () => Promise<void>;
  #answers = new Map<string, Answer>();
  #key: CryptoKey;
  readonly publicKey: JWK;

  constructor(origin: string, close: () => Promise<void>, key: CryptoKey, publicKey: JWK) {
    this.origin = origin;
    this.close = close;
    this.#key = key;
    this.publicKey = publicKey;
  }

  /** Forgets every answer and request; unknown paths are 404. */
  reset(): void {
    this.#answers.clear();
    this.asked.length = 0;
  }

  on(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  answer(path: string): Answer {
    return this.#answers.get(path) ?? { status: 404, body: "nothing here" };
  }

  count(path: string): number {
    return this.asked.filter((request) => request.path === path).length;
  }

  /** Metadata of an issuer below this origin, as JSON. */
  metadata(issuerPath = "", members: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      issuer: `${this.origin}${issuerPath}`,
      authorization_endpoint: `${this.origin}/authorize`,
      token_endpoint: `${this.origin}/token`,
      jwks_uri: `${this.origin}/jwks`,
      ...members,
    };
  }

  /** An RS256 JWT of this provider, valid for ten minutes unless the claims say otherwise. */
  sign(claims: Record<string, unknown>, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: this.origin, iat: now, exp: now + 600, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "key-1", ...header })
      .sign(this.#key);
  }
}

export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "key-1", use: "sig" };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://provider").pathname;
    let body = "";
    for await (const part of request) body += String(part);
    provider.asked.push({ path, method: request.method ?? "", body, headers: request.headers });
    const answer = provider.answer(path);
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {});
    const type = typeof answer.body === "string" ? "text/html" : "application/json";
    response.writeHead(answer.status ?? 200, { "content-type": type, ...answer.headers });
    response.end(answer.status === 204 ? undefined : text);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: ScriptedProvider = new ScriptedProvider(origin, close, privateKey, jwk);
  return provider;
}
