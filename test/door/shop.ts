// A deployment with an operator, a profile at a real provider and a server, all made over HTTP.
import { exports } from "cloudflare:workers";
import { inject } from "vitest";

export const origin = "http://localhost:8787";
const adminToken = "test-admin-token-0123456789";
export const apiResource = "https://api.example.com";

/** The gateway's own URLs go through the Worker's door, everything else over the network. Redirects are never followed. */
export function fetchUrl(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const target = new URL(url);
  const request = new Request(target, { redirect: "manual", ...init });
  return target.origin === origin ? exports.default.fetch(request) : fetch(request);
}

export async function api<T = Record<string, string>>(
  method: string,
  path: string,
  token: string,
  body?: unknown,
): Promise<T> {
  const response = await fetchUrl(`${origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
  return (text ? JSON.parse(text) : {}) as T;
}

export interface Shop {
  token: string;
  organizationId: string;
  gatewayId: string;
  serverId: string;
  slug: string;
  issuer: string;
  resource: string;
  endpoints: string;
  provider: string;
}

let shops = 0;

/** An organization with a profile at a real provider, attached to one server; its slug is new each time. */
export async function openShop(
  options: {
    brief?: boolean;
    provider?: string;
    gateway?: Record<string, unknown>;
    server?: Record<string, unknown>;
  } = {},
): Promise<Shop> {
  const provider = options.provider ?? inject(options.brief ? "briefProviderUrl" : "providerUrl");
  const slug = `shop-${++shops}-${crypto.randomUUID().slice(0, 6)}`;
  const { id: organizationId } = await api<{ id: string }>("POST", "/organizations", adminToken, { name: slug });
  const base = `/organizations/${organizationId}`;
  const { token } = await api<{ token: string }>("POST", `${base}/tokens`, adminToken, { name: "test", role: "admin" });
  const { id: gatewayId } = await api<{ id: string }>("POST", `${base}/gateways`, token, {
    name: `gateway of ${slug}`,
    providerType: "manual",
    authorizationServerUrl: provider,
    clientId: "post-client",
    clientSecret: "post-secret-1234567890",
    tokenEndpointAuthMethod: "client_secret_post",
    resource: apiResource,
    scopes: ["openid", "profile", "email"],
    ...options.gateway,
  });
  const { id: serverId } = await api<{ id: string }>("POST", `${base}/mcp-servers`, token, {
    name: "Support API",
    slug,
    runtimeUrl: `${inject("runtimeUrl")}/do/echo/${slug}`,
    scopes: ["tickets.read"],
    tools: [
      { name: "list_tickets", scopes: ["tickets.read"] },
      { name: "create_ticket", scopes: ["tickets.write"] },
    ],
    ...options.server,
  });
  await api("PUT", `${base}/mcp-servers/${serverId}/gateway`, token, { gatewayId });
  const issuer = `${origin}/s/${slug}`;
  return {
    token,
    organizationId,
    gatewayId,
    serverId,
    slug,
    issuer,
    resource: `${issuer}/mcp`,
    endpoints: issuer,
    provider,
  };
}

/** Adds a fault to the provider of a shop, or clears them all; answers with its counts. */
export async function rig(shop: Pick<Shop, "provider">, verb: "fault" | "clear" | "counts", fault?: object) {
  const response = await fetch(`${shop.provider}/rig/${verb}`, { method: "POST", body: JSON.stringify(fault ?? {}) });
  return (await response.json()) as Record<string, number>;
}

/** What the runtime saw of the last call of a shop. */
export async function runtimeSaw(
  shop: Shop,
): Promise<{ headers: Record<string, string>; body: string; url: string }[]> {
  const response = await fetch(`${inject("runtimeUrl")}/seen/${shop.slug}`);
  const { hits }: { hits: { headers: Record<string, string>; body: string; url: string }[] } = await response.json();
  return hits;
}

export async function errorOf(
  response: Response,
): Promise<{ error: string; reason: string; [member: string]: unknown }> {
  return response.json();
}
