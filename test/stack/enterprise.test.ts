// Enterprise-managed authorization as an official client does it: no browser, no consent, and the runtime is told who.
import {
  Client,
  CrossAppAccessProvider,
  discoverAndRequestJwtAuthGrant,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { afterEach, expect, inject, test } from "vitest";
import { tried } from "../rig/compatibility.ts";
import { startIdentityProvider, startTrustingRuntime } from "../rig/enterprise.ts";

const stack = inject("stack");
const clientId = "acme-chat";
const clientSecret = "a-secret-of-the-chat-application";
const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function api(method: string, path: string, body: object): Promise<Record<string, string>> {
  const response = await fetch(`${stack.gateway}/api/v1/organizations/${stack.organizationId}${path}`, {
    method,
    headers: { authorization: `Bearer ${stack.apiToken}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
  return JSON.parse(text || "{}");
}

const sdk = ["TypeScript SDK, CrossAppAccessProvider", "2.4.0"] as const;

test(
  "an ID token is exchanged for an ID-JAG, which is presented, and a tool is called",
  tried(...sdk, "ID-JAG, tools"),
  async () => {
    const slug = `enterprise-${crypto.randomUUID().slice(0, 6)}`;
    const issuer = `${stack.gateway}/s/${slug}`;
    const mcpUrl = `${issuer}/mcp`;
    const idp = await startIdentityProvider("ada", clientId);
    const runtime = await startTrustingRuntime(stack.gateway, mcpUrl);
    closing.push(idp.close, runtime.close);
    const { id: gatewayId = "" } = await api("POST", "/gateways", {
      ...{ name: slug, authorizationServerUrl: stack.provider, clientId: "mcp-gateway" },
      enterpriseIssuers: [{ issuer: idp.issuer }],
      clientPolicy: {
        preregistered: [
          { clientId, clientName: "Acme Chat", redirectUris: ["https://chat.example/callback"], clientSecret },
        ],
      },
    });
    await api("POST", "/mcp-servers", { name: slug, slug, runtimeUrl: runtime.url, scopes: ["tickets.read"] });
    await api("PUT", `/mcp-servers/${slug}/gateway`, { gatewayId });

    const authProvider = new CrossAppAccessProvider({
      ...{ clientId, clientSecret, expectedIssuer: issuer },
      async assertion({ authorizationServerUrl, resourceUrl, scope = "", fetchFn }) {
        await idp.prepare(authorizationServerUrl, resourceUrl, scope);
        const { jwtAuthGrant } = await discoverAndRequestJwtAuthGrant({
          ...{ idpUrl: idp.issuer, audience: authorizationServerUrl, resource: resourceUrl, scope, fetchFn },
          ...{ idToken: "the-id-token-of-the-sign-in", clientId: "chat-at-the-idp", clientSecret: "secret-at-the-idp" },
        });
        return jwtAuthGrant;
      },
    });
    const client = new Client({ name: "chat", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider }));
    closing.push(() => client.close());
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["whoami"]);
    expect(await client.callTool({ name: "whoami", arguments: {} })).toMatchObject({
      content: [{ type: "text", text: "as the gateway says" }],
    });

    expect(idp.asked.map((form) => [form.get("audience"), form.get("resource"), form.get("scope")])).toEqual([
      [issuer, mcpUrl, "tickets.read"],
    ]);
    const callers = await runtime.callers();
    expect(callers.length).toBeGreaterThanOrEqual(3);
    for (const { said, authorization } of callers) {
      expect(authorization).toBeUndefined();
      expect(said).toMatchObject({ channel: "enterprise", client_id: clientId, scope: "tickets.read" });
    }
    expect(new Set(callers.map(({ said }) => said.sub)).size).toBe(1);
  },
);
