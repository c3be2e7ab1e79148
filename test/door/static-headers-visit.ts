// A static headers server beside a shop's own, its callers' tokens, and what its runtime saw of a call.
import { inject } from "vitest";
import { api, fetchUrl, openShop, runtimeSaw, type Shop } from "./shop.ts";

export const configured = { Authorization: "Bearer shared-upstream-key", "Accept-Language": "nl", "X-Api-Key": "k-1" };
export const listTools = { jsonrpc: "2.0", id: 1, method: "tools/list" };

export interface ApiToken {
  id: string;
  token: string;
}

/** The shop's `slug`, `serverId` and `resource` are those of the static headers server. */
export interface SharedServer extends Shop {
  base: string;
  caller: ApiToken;
}

export function addToken(shop: Shop, role: string, name = role): Promise<ApiToken> {
  return api("POST", `/organizations/${shop.organizationId}/tokens`, shop.token, { name, role });
}

export async function openShared(server: Record<string, unknown> = {}): Promise<SharedServer> {
  const shop = await openShop();
  const slug = `shared-${crypto.randomUUID().slice(0, 8)}`;
  const base = `/organizations/${shop.organizationId}`;
  const made = await api("POST", `${base}/mcp-servers`, shop.token, {
    name: "Shared API",
    slug,
    runtimeUrl: `${inject("runtimeUrl")}/do/echo/${slug}`,
    scopes: ["tickets.read"],
    tools: [{ name: "create_ticket", scopes: ["tickets.write"] }],
    authentication: "static_headers",
    staticHeaders: configured,
    ...server,
  });
  const issuer = shop.issuer.replace(shop.slug, slug);
  const resource = `${issuer}/mcp`;
  const caller = await addToken(shop, "caller", "Nightly import");
  return { ...shop, base, slug, serverId: made.id ?? "", issuer, endpoints: issuer, resource, caller };
}

export function mcpCall(token: string | null, message: object = listTools, headers: Record<string, string> = {}) {
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(message),
  };
}

export function callShared(shared: SharedServer, ...of: Parameters<typeof mcpCall>): Promise<Response> {
  return fetchUrl(shared.resource, mcpCall(...of));
}

/** Headers of the last call that the runtime got. */
export async function lastHeaders(shared: SharedServer): Promise<Record<string, string>> {
  return (await runtimeSaw(shared)).at(-1)?.headers ?? {};
}
