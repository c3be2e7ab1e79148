// Every door times every kind of bad input: the documented status, a reason, a request id, and nothing written.
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { api, Client, fetchUrl, openShop, origin, Person, type Shop } from "./journey.ts";

let shop: Shop;
let foreign: Shop;
let client: Client;
let foreignClient: Client;
let accessToken: string;
let refreshToken: string;
let ticket: string;

beforeAll(async () => {
  shop = await openShop();
  foreign = await openShop();
  client = await new Client(shop).register();
  foreignClient = await new Client(foreign).register({ client_name: "Foreign client" });
  ({ access_token: accessToken, refresh_token: refreshToken } = await client.signIn(new Person()));
  const began = await fetchUrl(await client.authorizeUrl());
  ticket = new URL(began.headers.get("location") ?? "").searchParams.get("ticket") ?? "";
});

/** Everything that is kept: rows of every table, copies in KV, objects. */
async function kept(): Promise<Record<string, number>> {
  const names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";
  const { results } = await env.DB.prepare(names).all<{ name: string }>();
  const counts = await env.DB.batch<{ total: number }>(
    results.map(({ name }) => env.DB.prepare(`SELECT count(*) AS total FROM "${name}"`)),
  );
  const rows = results.map(({ name }, index) => [name, counts[index]?.results[0]?.total ?? -1]);
  const copies = (await env.COPIES.list()).keys.length;
  const objects = (await listDurableObjectIds(env.GRANTS)).length;
  return { ...Object.fromEntries(rows), copies, objects };
}

const form = "application/x-www-form-urlencoded";
const json = "application/json";
const bytes = (...values: number[]) => new Uint8Array(values);
const large = "x".repeat(2 * 1024 * 1024);
const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;

interface Row {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

const post = (path: string, type: string, body: Row["body"] = "", headers = {}): Row => ({
  method: "POST",
  path,
  headers: { "content-type": type, ...headers },
  body,
});
const page = { accept: "text/html" };
const s = () => `/s/${shop.slug}`;
const authorized = () => ({ authorization: `Bearer ${accessToken}`, accept: "application/json, text/event-stream" });
const operator = () => ({ authorization: `Bearer ${shop.token}` });
const query = async (overrides: Record<string, string | null>) => (await client.authorizeUrl(overrides)).search;

/** What is sent, and the status and reason that answer it. A page is what a person's browser is shown. */
type Case = [input: string, () => Row | Promise<Row>, answer: string];

const doors: Record<string, Case[]> = {
  authorize: [
    ["wrong method", async () => ({ ...post(`${s()}/authorize`, form, (await query({})).slice(1), page) }), "?"],
    ["duplicate parameters", async () => ({ path: `${s()}/authorize${await query({})}&state=2`, headers: page }), "?"],
    ["NUL", async () => ({ path: `${s()}/authorize${await query({ state: "a\u0000b" })}`, headers: page }), "?"],
    ["line break", async () => ({ path: `${s()}/authorize${await query({ client_id: "a\r\nset-cookie: b=c" })}`, headers: page }), "?"],
    ["20 KB of state", async () => ({ path: `${s()}/authorize${await query({ state: "s".repeat(20_000) })}`, headers: page }), "?"],
    ["a URL of 100 KB", async () => ({ path: `${s()}/authorize${await query({ redirect_uri: `http://127.0.0.1/${"p".repeat(100_000)}` })}`, headers: page }), "?"],
    ["unknown client", async () => ({ path: `${s()}/authorize${await query({ client_id: "mcpstack_client_nobody" })}`, headers: page }), "?"],
    ["unknown client, JSON preferred", async () => ({ path: `${s()}/authorize${await query({ client_id: "nobody" })}`, headers: { accept: json } }), "?"],
    ["another server's client", async () => ({ path: `${s()}/authorize${await query({ client_id: foreignClient.clientId })}`, headers: page }), "?"],
    ["invalid UTF-8", () => ({ path: `${s()}/authorize?client_id=%ff%fe`, headers: page }), "?"],
    ["no parameters", () => ({ path: `${s()}/authorize`, headers: page }), "?"],
    ["unknown server", () => ({ path: "/s/nobody/authorize", headers: page }), "?"],
    ["foreign redirect URI", async () => ({ path: `${s()}/authorize${await query({ redirect_uri: "https://evil.example/cb" })}`, headers: page }), "?"],
  ],
  consent: [
    ["wrong method", () => ({ method: "PUT", path: "/consent", headers: page, body: "x" }), "?"],
    ["wrong content type", () => post("/consent", json, "{}", page), "?"],
    ["2 MB body", () => post("/consent", form, `ticket=${large}`, page), "?"],
    ["duplicate parameters", () => post("/consent", form, `ticket=${ticket}&ticket=${ticket}`, page), "?"],
    ["NUL", () => post("/consent", form, "ticket=%00", page), "?"],
    ["unknown ticket", () => ({ path: `/consent?ticket=${"A".repeat(43)}.${"B".repeat(43)}`, headers: page }), "?"],
    ["a ticket that is none", () => ({ path: "/consent?ticket=nothing", headers: page }), "?"],
    ["somebody's ticket with another secret", () => ({ path: `/consent?ticket=${ticket.split(".")[0]}.${"B".repeat(43)}`, headers: page }), "?"],
    ["another browser's form", () => post("/consent", form, `ticket=${ticket}&decision=allow&form_token=x`, page), "?"],
    ["invalid UTF-8", () => post("/consent", form, bytes(0x74, 0x3d, 0xff, 0xfe), page), "?"],
    ["empty body", () => post("/consent", form, "", page), "?"],
    ["a URL of 100 KB", () => ({ path: `/consent?ticket=${"t".repeat(100_000)}`, headers: page }), "?"],
    ["no parameters, JSON preferred", () => ({ path: "/consent", headers: { accept: json } }), "?"],
  ],
  callback: [
    ["wrong method", () => post(`/callback/${shop.gatewayId}`, form, "state=a&code=b", page), "?"],
    ["duplicate parameters", () => ({ path: `/callback/${shop.gatewayId}?state=a&state=b&code=c`, headers: page }), "?"],
    ["NUL", () => ({ path: `/callback/${shop.gatewayId}?state=%00&code=c`, headers: page }), "?"],
    ["unknown state", () => ({ path: `/callback/${shop.gatewayId}?state=${"A".repeat(43)}.${"B".repeat(43)}&code=c`, headers: page }), "?"],
    ["no state", () => ({ path: `/callback/${shop.gatewayId}?code=c`, headers: page }), "?"],
    ["unknown gateway", () => ({ path: "/callback/gw_nobody?state=a.b&code=c", headers: page }), "?"],
    ["something that is no gateway", () => ({ path: "/callback/%00?state=a", headers: page }), "?"],
    ["a URL of 100 KB", () => ({ path: `/callback/${shop.gatewayId}?state=${"s".repeat(100_000)}`, headers: page }), "?"],
    ["invalid UTF-8", () => ({ path: `/callback/${shop.gatewayId}?state=%ff%fe`, headers: page }), "?"],
  ],
  token: [
    ["wrong method", () => ({ path: `${s()}/token?grant_type=refresh_token` }), "?"],
    ["wrong content type", () => post(`${s()}/token`, json, '{"grant_type":"refresh_token"}'), "?"],
    ["2 MB body", () => post(`${s()}/token`, form, `refresh_token=${large}`), "?"],
    ["duplicate parameters", () => post(`${s()}/token`, form, "client_id=a&client_id=b"), "?"],
    ["NUL", () => post(`${s()}/token`, form, "client_id=%00"), "?"],
    ["20 KB in one parameter", () => post(`${s()}/token`, form, `client_id=a&code=${"c".repeat(20_000)}`), "?"],
    ["a URL of 100 KB", () => post(`${s()}/token?${"q".repeat(100_000)}`, form, ""), "?"],
    ["unknown client", () => post(`${s()}/token`, form, `grant_type=refresh_token&client_id=nobody&refresh_token=${refreshToken}`), "?"],
    ["another server's client", () => post(`${s()}/token`, form, `grant_type=refresh_token&client_id=${foreignClient.clientId}&refresh_token=${refreshToken}`), "?"],
    ["another server's endpoint", () => post(`/s/${foreign.slug}/token`, form, `grant_type=refresh_token&client_id=${client.clientId}&refresh_token=${refreshToken}`), "?"],
    ["unknown grant type", () => post(`${s()}/token`, form, `grant_type=password&client_id=${client.clientId}`), "?"],
    ["unknown code", () => post(`${s()}/token`, form, `grant_type=authorization_code&client_id=${client.clientId}&code=mcpstack_ac_${"A".repeat(43)}.b`), "?"],
    ["unknown refresh token", () => post(`${s()}/token`, form, `grant_type=refresh_token&client_id=${client.clientId}&refresh_token=nothing`), "?"],
    ["broken Basic", () => post(`${s()}/token`, form, "grant_type=refresh_token&refresh_token=a", { authorization: "Basic !" }), "?"],
    ["invalid UTF-8", () => post(`${s()}/token`, form, bytes(0x63, 0x3d, 0xff)), "?"],
    ["empty body", () => post(`${s()}/token`, form), "?"],
    ["unknown server", () => post("/s/nobody/token", form, "a=b"), "?"],
  ],
  revoke: [
    ["wrong method", () => ({ method: "DELETE", path: `${s()}/revoke` }), "?"],
    ["wrong content type", () => post(`${s()}/revoke`, "text/plain", "token=a"), "?"],
    ["2 MB body", () => post(`${s()}/revoke`, form, `token=${large}`), "?"],
    ["duplicate parameters", () => post(`${s()}/revoke`, form, "token=a&token=b"), "?"],
    ["NUL", () => post(`${s()}/revoke`, form, "token=%00"), "?"],
    ["unknown client", () => post(`${s()}/revoke`, form, `token=${refreshToken}&client_id=nobody`), "?"],
    ["no client", () => post(`${s()}/revoke`, form, `token=${refreshToken}`), "?"],
    ["another server's client", () => post(`${s()}/revoke`, form, `token=${refreshToken}&client_id=${foreignClient.clientId}`), "?"],
    ["unknown token", () => post(`${s()}/revoke`, form, `token=nothing&client_id=${client.clientId}`), "?"],
    ["invalid UTF-8", () => post(`${s()}/revoke`, form, bytes(0x63, 0x3d, 0xff)), "?"],
    ["empty body", () => post(`${s()}/revoke`, form), "?"],
  ],
  register: [
    ["wrong method", () => ({ path: `${s()}/register` }), "?"],
    ["wrong content type", () => post(`${s()}/register`, form, "redirect_uris=a"), "?"],
    ["2 MB body", () => post(`${s()}/register`, json, JSON.stringify({ redirect_uris: ["https://a.example/"], client_name: large })), "?"],
    ["broken JSON", () => post(`${s()}/register`, json, '{"redirect_uris":['), "?"],
    ["deep JSON", () => post(`${s()}/register`, json, deep), "?"],
    ["NUL", () => post(`${s()}/register`, json, '{"redirect_uris":["https://a.example/\\u0000"]}'), "?"],
    ["invalid UTF-8", () => post(`${s()}/register`, json, bytes(0x22, 0xff, 0x22)), "?"],
    ["empty body", () => post(`${s()}/register`, json), "?"],
    ["unknown server", () => post("/s/nobody/register", json, "{}"), "?"],
    ["a URL of 100 KB", () => post(`${s()}/register?${"q".repeat(100_000)}`, json, "{}"), "?"],
  ],
  "mcp without a token": [
    ["wrong method", () => ({ method: "PATCH", path: `${s()}/mcp` }), "?"],
    ["2 MB body", () => post(`${s()}/mcp`, json, large), "?"],
    ["broken JSON", () => post(`${s()}/mcp`, json, "{"), "?"],
    ["NUL", () => ({ path: `${s()}/mcp?a=%00` }), "?"],
    ["a URL of 100 KB", () => ({ path: `${s()}/mcp?${"q".repeat(100_000)}` }), "?"],
    ["a broken Authorization header", () => ({ path: `${s()}/mcp`, headers: { authorization: "Bearer a, Bearer b" } }), "?"],
    ["a made-up token", () => ({ path: `${s()}/mcp`, headers: { authorization: "Bearer aaaa.bbbb.cccc" } }), "?"],
    ["20 KB of token", () => ({ path: `${s()}/mcp`, headers: { authorization: `Bearer ${"t".repeat(20_000)}` } }), "?"],
    ["another server's token", () => ({ path: `/s/${foreign.slug}/mcp`, headers: authorized() }), "?"],
    ["unknown server", () => ({ path: "/s/nobody/mcp" }), "?"],
    ["foreign page", () => ({ path: `${s()}/mcp`, headers: { origin: "https://evil.example" } }), "?"],
  ],
  "mcp with a token": [
    ["wrong method", () => ({ method: "PATCH", path: `${s()}/mcp`, headers: authorized(), body: "{}" }), "?"],
    ["wrong content type", () => post(`${s()}/mcp`, form, "a=b", authorized()), "?"],
    ["broken JSON", () => post(`${s()}/mcp`, json, "{", authorized()), "?"],
    ["duplicate members", () => post(`${s()}/mcp`, json, '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}', authorized()), "?"],
    ["2 MB body", () => post(`${s()}/mcp`, json, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${large}"}}`, authorized()), "?"],
    ["5 MB body", () => post(`${s()}/mcp`, json, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${large}${large}${large}"}}`, authorized()), "?"],
    ["deep JSON", () => post(`${s()}/mcp`, json, `{"jsonrpc":"2.0","id":1,"method":"ping","params":${deep}}`, authorized()), "?"],
    ["invalid UTF-8", () => post(`${s()}/mcp`, json, bytes(0x22, 0xff, 0x22), authorized()), "?"],
    ["empty body", () => post(`${s()}/mcp`, json, "", authorized()), "?"],
    ["a batch", () => post(`${s()}/mcp`, json, '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', { ...authorized(), "mcp-protocol-version": "2025-06-18" }), "?"],
  ],
  "api/v1": [
    ["no token", () => ({ path: `/api/v1/organizations/${shop.organizationId}/gateways` }), "?"],
    ["a made-up token", () => ({ path: "/api/v1/organizations", headers: { authorization: "Bearer mcpstack_sk_nothing" } }), "?"],
    ["wrong method", () => ({ method: "PATCH", path: "/api/v1/organizations", headers: operator() }), "?"],
    ["unknown URL", () => ({ path: "/api/v1/nothing", headers: operator() }), "?"],
    ["wrong content type", () => post(`/api/v1/organizations/${shop.organizationId}/gateways`, form, "a=b", operator()), "?"],
    ["2 MB body", () => post(`/api/v1/organizations/${shop.organizationId}/gateways`, json, JSON.stringify({ name: large }), operator()), "?"],
    ["broken JSON", () => post(`/api/v1/organizations/${shop.organizationId}/gateways`, json, "{", operator()), "?"],
    ["deep JSON", () => post(`/api/v1/organizations/${shop.organizationId}/gateways`, json, deep, operator()), "?"],
    ["NUL", () => post(`/api/v1/organizations/${shop.organizationId}/gateways`, json, '{"name":"a\\u0000"}', operator()), "?"],
    ["invalid UTF-8", () => post(`/api/v1/organizations/${shop.organizationId}/gateways`, json, bytes(0x22, 0xff, 0x22), operator()), "?"],
    ["empty body", () => post(`/api/v1/organizations/${shop.organizationId}/gateways`, json, "", operator()), "?"],
    ["duplicate parameters", () => ({ path: `/api/v1/organizations/${shop.organizationId}/gateways?page=1&page=2`, headers: operator() }), "?"],
    ["unknown id", () => ({ path: `/api/v1/organizations/${shop.organizationId}/gateways/gw_nobody`, headers: operator() }), "?"],
    ["an id that is none", () => ({ path: `/api/v1/organizations/${shop.organizationId}/gateways/%00`, headers: operator() }), "?"],
    ["another organization's id", () => ({ path: `/api/v1/organizations/${foreign.organizationId}/gateways`, headers: operator() }), "?"],
    ["another organization's gateway", () => ({ path: `/api/v1/organizations/${shop.organizationId}/gateways/${foreign.gatewayId}`, headers: operator() }), "?"],
    ["another organization's gateway attached", () => ({ ...post(`/api/v1/organizations/${shop.organizationId}/mcp-servers/${shop.serverId}/gateway`, json, JSON.stringify({ gatewayId: foreign.gatewayId }), operator()), method: "PUT" }), "?"],
    ["a URL of 100 KB", () => ({ path: `/api/v1/organizations/${"o".repeat(100_000)}`, headers: operator() }), "?"],
    ["broken escapes", () => ({ path: "/api/v1/organizations/%ff%fe/gateways", headers: operator() }), "?"],
  ],
  "well-known": [
    ["wrong method", () => post(`/.well-known/oauth-protected-resource/s/${shop.slug}/mcp`, json, "{}"), "?"],
    ["2 MB body", () => post(`/.well-known/oauth-authorization-server/s/${shop.slug}`, json, large), "?"],
    ["unknown server", () => ({ path: "/.well-known/oauth-protected-resource/s/nobody/mcp" }), "?"],
    ["NUL", () => ({ path: "/.well-known/oauth-protected-resource/s/%00/mcp" }), "?"],
    ["invalid UTF-8", () => ({ path: "/.well-known/oauth-authorization-server/s/%ff" }), "?"],
    ["a URL of 100 KB", () => ({ path: `/.well-known/oauth-authorization-server/s/${"s".repeat(100_000)}` }), "?"],
    ["path traversal", () => ({ path: "/.well-known/oauth-protected-resource/s/..%2f..%2f/mcp" }), "?"],
  ],
  jwks: [
    ["wrong method", () => post("/.well-known/jwks.json", json, "{}"), "?"],
    ["2 MB body", () => post("/.well-known/jwks.json", json, large), "?"],
  ],
  healthz: [
    ["wrong method", () => post("/healthz", json, "{}"), "?"],
    ["2 MB body", () => post("/healthz", json, large), "?"],
  ],
  nothing: [
    ["unknown URL", () => ({ path: "/nothing" }), "?"],
    ["unknown URL of 100 KB", () => ({ path: `/${"n".repeat(100_000)}` }), "?"],
    ["2 MB body", () => post("/", json, large), "?"],
    ["broken escapes", () => ({ path: "/s/%zz/mcp" }), "?"],
  ],
};

let sender = 0;

/** From an address of its own, so that no limit is met, with a request id that must come back. */
function send({ method = "GET", path, headers = {}, body }: Row): Promise<Response> {
  const from = { "cf-connecting-ip": `10.2.${++sender >> 8}.${sender & 255}`, "cf-ray": "ray-of-this-request" };
  return fetchUrl(origin + path, { method, headers: { ...from, ...headers }, ...(body !== undefined && { body }) });
}

it("probe", async () => {
  const out: string[] = [];
  for (const [door, cases] of Object.entries(doors)) {
    for (const [input, row] of cases) {
      const before = JSON.stringify(await kept());
      const sent = await row();
      const response = await send(sent);
      const text = await response.text();
      let reason = "";
      try { const b = JSON.parse(text); reason = b.reason ?? b.error?.data?.reason ?? b.error?.code; } catch { reason = `HTML ${/<code>([a-z_]+)<\/code>/.exec(text)?.[1]}`; }
      const after = JSON.stringify(await kept());
      out.push(`${door} | ${input} | ${response.status} ${reason} | ${response.headers.get("content-type")} ray=${text.includes("ray-of-this-request")} ${before === after ? "" : "WRITES"} ${response.headers.get("location") ?? ""} ${text.length > 3000 ? text.length : ""}`);
    }
  }
  console.error(out.join("\n"));
  expect(1).toBe(2);
});
