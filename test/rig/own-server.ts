// A server of a test's own at the running stack: made over the REST API, called with the token of a person's sign-in.
import * as z from "zod";
import { type Person, ScriptedBrowser, user1 } from "./browser.ts";
import { authorizationUrl, discover, register } from "./clients/bare-client.ts";
import type { StackAddresses } from "./stack.ts";

/** What is needed of a running stack. */
export type StackAccess = Pick<StackAddresses, "gateway" | "provider" | "organizationId" | "gatewayId" | "apiToken">;

export interface OwnServer {
  mcpUrl: string;
  issuer: string;
}

export interface Wish {
  name: string;
  runtimeUrl: string;
  scopes?: string[];
  tools?: { name: string; scopes: string[] }[];
  allowedOrigins?: string[];
}

/** Attached to the stack's own gateway. */
export async function openServer(stack: StackAccess, wish: Wish): Promise<OwnServer> {
  const slug = `${wish.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-${crypto.randomUUID().slice(0, 6)}`;
  const base = `${stack.gateway}/api/v1/organizations/${stack.organizationId}/mcp-servers`;
  await api(stack, "POST", base, { scopes: ["tickets.read"], ...wish, slug });
  await api(stack, "PUT", `${base}/${slug}/gateway`, { gatewayId: stack.gatewayId });
  const issuer = `${stack.gateway}/s/${slug}`;
  return { issuer, mcpUrl: `${issuer}/mcp` };
}

async function api(stack: StackAccess, method: string, url: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${stack.apiToken}`, "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status} ${await response.text()}`);
}

/** RFC 7636, appendix B: the verifier of the challenge that `authorizationUrl` sends. */
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/** An access token for the server, of this person, through registration, consent and sign-in. */
export async function accessTokenFor(
  stack: StackAccess,
  { issuer, mcpUrl }: OwnServer,
  person: Person = user1,
): Promise<string> {
  const redirectUri = "http://127.0.0.1:41234/callback";
  const metadata = await discover(issuer);
  const clientId = await register(metadata, "Stack test", redirectUri);
  const asked = { client_id: clientId, redirect_uri: redirectUri, resource: mcpUrl, state: "s" };
  const browser = new ScriptedBrowser([stack.gateway, stack.provider], person);
  const { redirect } = await browser.authorize(authorizationUrl(metadata, asked));
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code: redirect.searchParams.get("code") ?? "",
    code_verifier: verifier,
    client_id: clientId,
    redirect_uri: redirectUri,
    resource: mcpUrl,
  });
  const response = await fetch(metadata.token_endpoint, { method: "POST", body });
  return z.looseObject({ access_token: z.string() }).parse(await response.json()).access_token;
}
