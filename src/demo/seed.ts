// Fills a new gateway through its public REST API: one organization, its token, a profile, a server, an agent.
import * as z from "zod";
import { type AgentCreate, type AgentUpdate, agentView } from "../contract/management/agents.ts";
import { type GatewayCreate, gatewayView } from "../contract/management/gateways.ts";
import { organizationView } from "../contract/management/organizations.ts";
import type { ServerCreate } from "../contract/management/servers.ts";
import { tokenCreated } from "../contract/management/tokens.ts";
import type { AuthorizationServer, ProviderClient } from "./authorization-server.ts";
import { toolScopes } from "./runtime/tools.ts";
import type { State } from "./state.ts";

export interface Seeded {
  organizationId: string;
  gatewayId: string;
  apiToken: string;
  callbackUrl: string;
  agentId: string;
  /** The agent's handle, which people can read. */
  agentHandle: string;
  publishableKey: string;
}

export interface SeedOptions {
  origin: string;
  slug: string;
  runtimeUrl: string;
  apiResource: string;
  /** The origin whose pages may use the agent. */
  appOrigin: string;
  provider: AuthorizationServer;
  state: State;
}

/** What the demo needs of the answers. */
const organization = organizationView.pick({ id: true });
const token = tokenCreated.pick({ token: true });
const gateway = gatewayView.pick({ id: true, name: true, callbackUrl: true });
const gateways = z.object({ items: z.array(gateway) });

const agents = z.object({ items: z.array(agentView) });

const profileName = "support-gateway";
const agentName = "support";

/** May run at every start: what exists already is kept. Rejects with the API's own message. */
export async function seed(options: SeedOptions): Promise<Seeded> {
  const { origin, slug, state, provider } = options;
  const { organizationId, apiToken } = await organizationOf(origin, state);
  const api = rest(`${origin}/api/v1/organizations/${organizationId}`, apiToken);
  const clientSecret = state.read().gatewayClientSecret;

  const known = gateways.parse((await api("GET", "/gateways?pageSize=200")).body).items;
  const profile =
    known.find((item) => item.name === profileName) ??
    gateway.parse(
      await created(api, "/gateways", {
        name: profileName,
        providerType: "manual",
        authorizationServerUrl: provider.issuer,
        clientId: profileName,
        clientSecret,
        resource: options.apiResource,
        resourceParameter: "resource",
        scopes: ["openid", "profile", "email"],
        workspaceClaim: "org_id",
      } satisfies GatewayCreate),
    );
  // What an operator does in the provider's console: copy the callback URL, to the letter.
  await provider.register(gatewayClient(profile.callbackUrl, clientSecret));

  if ((await api("GET", `/mcp-servers/${slug}`)).status === 404) {
    await created(api, "/mcp-servers", {
      name: "Support API",
      slug,
      runtimeUrl: options.runtimeUrl,
      scopes: ["tickets.read"],
      tools: toolScopes,
    } satisfies ServerCreate);
  }
  const attached = await api("PUT", `/mcp-servers/${slug}/gateway`, { gatewayId: profile.id });
  if (attached.status >= 300) throw refused("PUT", `/mcp-servers/${slug}/gateway`, attached);
  const agent = await agentOf(api, slug, options.appOrigin);
  return { organizationId, apiToken, gatewayId: profile.id, callbackUrl: profile.callbackUrl, ...agent };
}

/** The agent of the host app, linked to the server. An origin that is missing is added, so that the port may change. */
async function agentOf(api: Rest, slug: string, appOrigin: string) {
  const known = agents.parse((await api("GET", "/agents?pageSize=200")).body).items;
  const wanted: AgentCreate = { name: agentName, allowedOrigins: [appOrigin], servers: [slug] };
  const agent = known.find((item) => item.name === agentName) ?? agentView.parse(await created(api, "/agents", wanted));
  if (!agent.allowedOrigins.includes(appOrigin)) {
    const change: AgentUpdate = { allowedOrigins: [...agent.allowedOrigins, appOrigin] };
    const changed = await api("PATCH", `/agents/${agent.id}`, change);
    if (changed.status !== 200) throw refused("PATCH", `/agents/${agent.id}`, changed);
  }
  return { agentId: agent.id, agentHandle: agent.handle, publishableKey: agent.keys[0]?.publishableKey ?? "" };
}

function gatewayClient(callbackUrl: string, clientSecret: string): ProviderClient {
  return { clientId: profileName, clientName: "MCP Stack Gateway", redirectUris: [callbackUrl], clientSecret };
}

/** The organization and token of an earlier start if they still work, else new ones. */
async function organizationOf(origin: string, state: State) {
  const { organizationId, apiToken, adminToken } = state.read();
  if (organizationId && apiToken) {
    const known = await rest(`${origin}/api/v1/organizations/${organizationId}`, apiToken)("GET", "/gateways");
    if (known.status === 200) return { organizationId, apiToken };
  }
  const deployment = rest(`${origin}/api/v1/organizations`, adminToken);
  const { id } = organization.parse(await created(deployment, "", { name: "Demo" }));
  const made = token.parse(await created(deployment, `/${id}/tokens`, { name: "Demo", role: "admin" }));
  state.update({ organizationId: id, apiToken: made.token });
  return { organizationId: id, apiToken: made.token };
}

interface Answer {
  status: number;
  body: unknown;
}

type Rest = (method: "GET" | "POST" | "PUT" | "PATCH", path: string, body?: unknown) => Promise<Answer>;

function rest(base: string, bearer: string): Rest {
  return async (method, path, body) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json().catch(() => null) };
  };
}

async function created(api: Rest, path: string, body: unknown): Promise<unknown> {
  const answer = await api("POST", path, body);
  if (answer.status !== 201) throw refused("POST", path, answer);
  return answer.body;
}

function refused(method: string, path: string, answer: Answer): Error {
  return new Error(`Seeding failed: ${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
}
