// Fills an empty gateway over its REST API: two profiles and their servers, and an agent that may exchange tokens.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { root } from "./bundles.ts";
import type { Origin } from "./origin.ts";

export const adminToken = "bench-admin-token-0123456789";
export const apiResource = "https://api.example.com";
export const appOrigin = "https://app.example.com";

export interface Seeded {
  /** `S` of the server whose people sign in at the provider. */
  people: string;
  /** `S` of the server whose app exchanges tokens. */
  app: string;
  agentId: string;
  agentKey: string;
}

/** @param database the simulated database's own address */
export async function migrate(database: string): Promise<void> {
  const folder = join(root, "migrations");
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".sql")) continue;
    const body = JSON.stringify({ sql: readFileSync(join(folder, file), "utf8") });
    const answer = await fetch(`${database}/query`, { method: "POST", body });
    const text = await answer.text();
    if (text.includes('"success":false')) throw new Error(`${file}: ${text}`);
  }
}

const created = z.object({ id: z.string() });

export async function seed(origin: string, { provider, published, runtime }: Origin): Promise<Seeded> {
  const deployment = rest(`${origin}/api/v1/organizations`, adminToken);
  const { id } = created.parse(await deployment("POST", "", { name: "Bench" }));
  const role = { name: "bench", role: "admin" };
  const { token } = z.object({ token: z.string() }).parse(await deployment("POST", `/${id}/tokens`, role));
  const api = rest(`${origin}/api/v1/organizations/${id}`, token);
  const profile = { resource: apiResource, scopes: ["openid", "profile", "email"], providerType: "manual" };
  const secret = { clientSecret: "post-secret-1234567890", tokenEndpointAuthMethod: "client_secret_post" };
  const server = async (slug: string, gateway: Record<string, unknown>) => {
    const { id: gatewayId } = created.parse(await api("POST", "/gateways", { ...profile, name: slug, ...gateway }));
    await api("POST", "/mcp-servers", { name: slug, slug, runtimeUrl: runtime, scopes: ["tickets.read"] });
    await api("PUT", `/mcp-servers/${slug}/gateway`, { gatewayId });
    return `${origin}/s/${slug}`;
  };
  const people = await server("people", { authorizationServerUrl: provider, clientId: "post-client", ...secret });
  const app = await server("app", { authorizationServerUrl: published, clientId: "bench" });
  const agent = z
    .object({ id: z.string(), keys: z.array(z.object({ publishableKey: z.string() })).min(1) })
    .parse(await api("POST", "/agents", { name: "bench", allowedOrigins: [appOrigin], servers: ["app"] }));
  return { people, app, agentId: agent.id, agentKey: agent.keys[0]?.publishableKey ?? "" };
}

function rest(base: string, bearer: string) {
  return async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
}
