// The program that the conformance suite starts to test an OAuth client, where that client is the gateway: an operator
// makes a profile of the suite's authorization server, a person signs in through it, and the suite sees the gateway.
import { discoverOAuthProtectedResourceMetadata } from "@modelcontextprotocol/client";
import * as z from "zod";
import { type GatewayCreate, gatewayView } from "../../src/contract/management/gateways.ts";
import { ScriptedBrowser, user1 } from "./browser.ts";
import { authorizationUrl, discover, register } from "./clients/bare-client.ts";
import { readAccess } from "./conformance-gateway.ts";
import { openServer, type StackAccess } from "./own-server.ts";

const credentials = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().optional(),
  token_endpoint_auth_method: z.enum(["none", "client_secret_basic", "client_secret_post"]).optional(),
});
type Credentials = z.infer<typeof credentials>;

const access = readAccess();
if (access === null) throw new Error("no gateway to operate");
const stack: StackAccess = access;
const serverUrl = z.url().parse(process.argv[2]);
const { authorization_servers: [issuer = ""] = [], resource } = await published();
const { client_id, client_secret, token_endpoint_auth_method } = await registered();
const profile = {
  name: `Conformance ${crypto.randomUUID().slice(0, 8)}`,
  authorizationServerUrl: issuer,
  clientId: client_id,
  ...(client_secret === undefined ? { tokenEndpointAuthMethod: "none" } : { clientSecret: client_secret }),
  ...(token_endpoint_auth_method && { tokenEndpointAuthMethod: token_endpoint_auth_method }),
  resource,
  resourceParameter: "resource",
} satisfies GatewayCreate;
const gateway = await saved();
console.log(gateway === null ? "the profile was refused" : `the sign-in ended with ${await signIn(gateway.id)}`);

/** Where the challenge says, or at the well-known places. */
async function published() {
  const challenge = (await fetch(serverUrl, { method: "POST" })).headers.get("www-authenticate") ?? "";
  const resourceMetadataUrl = /resource_metadata="([^"]+)"/.exec(challenge)?.[1];
  return discoverOAuthProtectedResourceMetadata(serverUrl, { ...(resourceMetadataUrl && { resourceMetadataUrl }) });
}

/** What an operator was given by the provider, or gets by registering the gateway there. */
async function registered(): Promise<Credentials> {
  const { MCP_CONFORMANCE_CONTEXT: context, MCP_CONFORMANCE_SCENARIO: scenario = "" } = process.env;
  if (context !== undefined) return credentials.parse(JSON.parse(context));
  if (!/metadata-(default|var)|token-endpoint/.test(scenario)) return { client_id: "gateway" };
  const response = await fetch(`${issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ client_name: "MCP Stack Gateway", redirect_uris: [], application_type: "web" }),
  });
  return credentials.parse(await response.json());
}

async function saved() {
  const response = await fetch(`${stack.gateway}/api/v1/organizations/${stack.organizationId}/gateways`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.apiToken}`, "content-type": "application/json" },
    body: JSON.stringify(profile),
  });
  const body: unknown = await response.json();
  if (response.status === 201) return gatewayView.parse(body);
  console.log(JSON.stringify(body));
  return null;
}

/** The error or the code that the client is sent back with, or the page where the way ends. */
async function signIn(gatewayId: string): Promise<string> {
  const server = await openServer({ ...stack, gatewayId }, { name: "Conformance", runtimeUrl: serverUrl });
  const metadata = await discover(server.issuer);
  const redirectUri = "http://127.0.0.1:41236/callback";
  const clientId = await register(metadata, "Conformance", redirectUri);
  const asked = { client_id: clientId, redirect_uri: redirectUri, resource: server.mcpUrl, state: "s" };
  const browser = new ScriptedBrowser([stack.gateway, new URL(issuer).origin], user1);
  const visit = await browser.authorize(authorizationUrl(metadata, asked)).catch((error: unknown) => String(error));
  return typeof visit === "string" ? visit : visit.redirect.search;
}
