// The authorization itself: registration, the request that the browser opens, and the code for tokens (RFC 6749, 7636).
import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";
import { Failure } from "../failure.ts";
import type { ServerMetadata } from "./discover.ts";
import type { Found } from "./steps.ts";
import { documentOf, send } from "./wire.ts";

export interface Request {
  url: URL;
  state: string;
  verifier: string;
}

const registration = z.looseObject({ client_id: z.string().min(1) });

/** RFC 7591 §3: a public client with one loopback redirect. */
export async function register(
  server: ServerMetadata,
  redirectUri: string,
  named: string | null,
): Promise<Found<string>> {
  if (named !== null) return { seen: `client ${named}, as --client-id says`, value: named };
  if (server.registration_endpoint === undefined) {
    throw new Failure("this profile takes no registrations", {
      field: "clientPolicy.dynamicRegistration",
      expected: "registration_endpoint in the metadata",
      seen: "none",
      fix: `name a pre-registered public client whose redirect URI is ${redirectUri} with --client-id, or switch registration on`,
    });
  }
  const response = await send(server.registration_endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({
      client_name: "mcpstack connect",
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    }),
  });
  const { client_id: clientId } = await documentOf(response, registration, "the registration");
  return { seen: `client ${clientId}`, value: clientId };
}

/** RFC 7636 §4.1: 32 random bytes are 43 characters; so are the ones of `state`. */
export function authorizationRequest(
  server: ServerMetadata,
  asked: { clientId: string; redirectUri: string; resource: string; scope: string | null },
): Request {
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(32).toString("base64url");
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    response_type: "code",
    client_id: asked.clientId,
    redirect_uri: asked.redirectUri,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    state,
    resource: asked.resource,
    ...(asked.scope && { scope: asked.scope }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url, state, verifier };
}

/**
 * What came back to the redirect URI, whose `state` is already known to be ours.
 * @throws Failure for an error, for another issuer (RFC 9207 §2.4), or without a code
 */
export function codeOf(answer: URLSearchParams, server: ServerMetadata): Found<string> {
  const iss = answer.get("iss");
  if (iss === null ? server.authorization_response_iss_parameter_supported : iss !== server.issuer) {
    const fix = "do not go on: the answer may come from somebody else";
    throw new Failure("the answer is not from this issuer", { expected: server.issuer, seen: iss ?? "no iss", fix });
  }
  const error = answer.get("error");
  if (error !== null) {
    const description = answer.get("error_description") ?? "";
    const attempt = /\b(grt_[\w-]+)/.exec(description)?.[1];
    throw new Failure(`the authorization was refused: ${description || error}`, {
      code: error,
      expected: "a code",
      seen: error,
      attempt,
    });
  }
  const code = answer.get("code");
  if (!code) throw new Failure("the answer has no code", { expected: "code", seen: [...answer.keys()].join(" ") });
  return { seen: `code, state and iss ${iss ?? "(not offered)"}`, value: code };
}

const tokens = z.looseObject({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i, "must be Bearer"),
  expires_in: z.number().optional(),
  refresh_token: z.string().optional(),
  scope: z.string().optional(),
});
export type Tokens = z.output<typeof tokens>;

export async function redeem(
  server: ServerMetadata,
  asked: { clientId: string; redirectUri: string; resource: string; code: string; verifier: string },
): Promise<Found<Tokens>> {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: asked.clientId,
    redirect_uri: asked.redirectUri,
    resource: asked.resource,
    code: asked.code,
    code_verifier: asked.verifier,
  });
  const response = await send(server.token_endpoint, { method: "POST", headers: { accept: "application/json" }, body });
  const granted = await documentOf(response, tokens, "the token request");
  const lifetime = granted.expires_in === undefined ? "" : `, ${granted.expires_in} s`;
  const refresh = granted.refresh_token === undefined ? "no refresh token" : "refresh token";
  return { seen: `scope ${granted.scope || "(none)"}${lifetime}, ${refresh}`, value: granted };
}

/** RFC 7009. Nothing of a test stays behind. */
export async function revoke(server: ServerMetadata, clientId: string, token: string): Promise<Found<null>> {
  if (server.revocation_endpoint === undefined) return { seen: "no revocation endpoint", value: null };
  const body = new URLSearchParams({ token, client_id: clientId });
  const response = await send(server.revocation_endpoint, { method: "POST", body });
  await documentOf(response, z.unknown(), "the revocation");
  return { seen: "the test authorization has ended", value: null };
}
