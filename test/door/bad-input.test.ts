// Every door times every kind of bad input: the documented status, a reason, a request id, and nothing written.
import { beforeAll, describe, expect, it } from "vitest";
import {
  deep,
  form,
  json,
  kept,
  kilobytes,
  noText,
  page,
  post,
  type Row,
  requestId,
  saysNothingOfItsInside,
  send,
  told,
} from "./hostile.ts";
import { Client, fetchUrl, openShop, Person, type Shop } from "./journey.ts";

let shop: Shop;
let foreign: Shop;
let client: Client;
let stranger: Client;
let accessToken: string;
let refreshToken: string;
let ticket: string;

beforeAll(async () => {
  shop = await openShop();
  foreign = await openShop();
  client = await new Client(shop).register();
  stranger = await new Client(foreign).register({ client_name: "Client of another server" });
  ({ access_token: accessToken, refresh_token: refreshToken } = await client.signIn(new Person()));
  const began = await fetchUrl(await client.authorizeUrl());
  ticket = new URL(began.headers.get("location") ?? "").searchParams.get("ticket") ?? "";
});

const s = (door: string) => `/s/${shop.slug}/${door}`;

async function authorize(
  overrides: Record<string, string | null>,
  headers: Record<string, string> = page,
): Promise<Row> {
  return { path: s("authorize") + (await client.authorizeUrl(overrides)).search, headers };
}
const consent = (query: string, headers: Record<string, string> = page): Row => ({ path: `/consent${query}`, headers });
const decide = (body: Row["body"], type = form) => post("/consent", type, body, page);
const callback = (query: string, gateway = shop.gatewayId): Row => ({
  path: `/callback/${gateway}${query}`,
  headers: page,
});
const token = (body: Row["body"], type = form, headers = {}) => post(s("token"), type, body, headers);
const refresh = (clientId: string, value: string) =>
  `grant_type=refresh_token&client_id=${clientId}&refresh_token=${encodeURIComponent(value)}`;
const redeem = (code: string) => `grant_type=authorization_code&client_id=${client.clientId}&code=${code}`;
const revoke = (body: Row["body"], type = form) => post(s("revoke"), type, body);
const register = (body: Row["body"], type = json) => post(s("register"), type, body);
const bare = (headers: Record<string, string> = {}, query = ""): Row => ({ path: s("mcp") + query, headers });
const bearer = () => ({ authorization: `Bearer ${accessToken}`, accept: "application/json, text/event-stream" });
const mcp = (body: Row["body"], type = json, headers = {}) => post(s("mcp"), type, body, { ...bearer(), ...headers });
const operator = () => ({ authorization: `Bearer ${shop.token}` });
const read = (path: string, organization = shop.organizationId): Row => ({
  path: `/api/v1/organizations/${organization}${path}`,
  headers: operator(),
});
const create = (body: Row["body"], type = json): Row => post(read("/gateways").path, type, body, operator());
const attach = (gatewayId: string): Row => ({
  ...post(read(`/mcp-servers/${shop.serverId}/gateway`).path, json, JSON.stringify({ gatewayId }), operator()),
  method: "PUT",
});
const ping = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"ping","params":${params}}`;
const wellKnown = "/.well-known/oauth-protected-resource";
const unknownHandle = `${"A".repeat(43)}.${"B".repeat(43)}`;

type Case = [input: string, answer: string, row: () => Row | Promise<Row>];

const doors: Record<string, Case[]> = {
  authorize: [
    ["wrong method", "405 page method_not_allowed", () => post(s("authorize"), form, "client_id=a", page)],
    [
      "a parameter twice",
      "400 page duplicate_parameter",
      () => ({ path: `${s("authorize")}?state=1&state=2`, headers: page }),
    ],
    ["NUL", "400 page malformed_request", () => authorize({ state: "a\u0000b" })],
    ["a line break", "400 page malformed_request", () => authorize({ client_id: "a\r\nset-cookie: b=c" })],
    ["20 KB of state", "400 page request_too_large", () => authorize({ state: kilobytes(20) })],
    ["a URL of 100 KB", "400 page request_too_large", () => authorize({ redirect_uri: kilobytes(100) })],
    ["unknown client", "400 page client_unknown", () => authorize({ client_id: "mcpstack_client_nobody" })],
    ["unknown client, JSON wanted", "400 client_unknown", () => authorize({ client_id: "nobody" }, { accept: json })],
    ["another server's client", "400 page client_unknown", () => authorize({ client_id: stranger.clientId })],
    ["invalid UTF-8", "400 page client_unknown", () => ({ path: `${s("authorize")}?client_id=%ff%fe`, headers: page })],
    ["no parameters", "400 page malformed_request", () => ({ path: s("authorize"), headers: page })],
    ["unknown server", "404 page server_unknown", () => ({ path: "/s/nobody/authorize", headers: page })],
    [
      "foreign redirect",
      "400 page redirect_uri_unregistered",
      () => authorize({ redirect_uri: "https://evil.example/" }),
    ],
  ],
  consent: [
    ["wrong method", "405 page method_not_allowed", () => ({ ...decide("ticket=a"), method: "PUT" })],
    ["wrong content type", "400 page unsupported_media_type", () => decide("{}", json)],
    ["2 MB body", "413 page request_too_large", () => decide(`ticket=${kilobytes(2048)}`)],
    ["a parameter twice", "400 page duplicate_parameter", () => decide(`ticket=${ticket}&ticket=${ticket}`)],
    ["NUL", "400 page malformed_request", () => decide("ticket=%00")],
    ["unknown ticket", "400 page attempt_unknown", () => consent(`?ticket=${unknownHandle}`)],
    ["a ticket that is none", "400 page attempt_unknown", () => consent("?ticket=nothing")],
    ["a forged secret", "400 page attempt_unknown", () => consent(`?ticket=${ticket.split(".")[0]}.${"B".repeat(43)}`)],
    [
      "another browser's form",
      "403 page browser_mismatch",
      () => decide(`ticket=${ticket}&decision=allow&form_token=x`),
    ],
    ["invalid UTF-8", "400 page attempt_unknown", () => decide(noText)],
    ["empty body", "400 page attempt_unknown", () => decide("")],
    ["a URL of 100 KB", "400 page request_too_large", () => consent(`?ticket=${kilobytes(100)}`)],
    ["nothing, JSON wanted", "400 attempt_unknown", () => consent("", { accept: json })],
  ],
  callback: [
    ["wrong method", "405 page method_not_allowed", () => ({ ...callback("?state=a.b&code=c"), method: "POST" })],
    ["a parameter twice", "400 page duplicate_parameter", () => callback("?state=a&state=b&code=c")],
    ["NUL", "400 page malformed_request", () => callback("?state=%00&code=c")],
    ["unknown state", "400 page state_unknown", () => callback(`?state=${unknownHandle}&code=c`)],
    ["a ticket as state", "400 page state_unknown", () => callback(`?state=${ticket}&code=c`)],
    ["no state", "400 page state_unknown", () => callback("?code=c")],
    ["unknown gateway", "400 page state_unknown", () => callback("?state=a.b&code=c", "gw_nobody")],
    ["no gateway's name", "404 not_found", () => callback("?state=a.b&code=c", "%00")],
    ["a URL of 100 KB", "400 page request_too_large", () => callback(`?state=${kilobytes(100)}`)],
    ["invalid UTF-8", "400 page state_unknown", () => callback("?state=%ff%fe")],
  ],
  token: [
    ["wrong method", "405 method_not_allowed", () => ({ path: s("token") })],
    ["wrong content type", "400 unsupported_media_type", () => token('{"grant_type":"refresh_token"}', json)],
    ["2 MB body", "413 request_too_large", () => token(`refresh_token=${kilobytes(2048)}`)],
    ["a parameter twice", "400 duplicate_parameter", () => token("client_id=a&client_id=b")],
    ["NUL", "400 malformed_request", () => token("client_id=%00")],
    ["20 KB in a parameter", "400 request_too_large", () => token(redeem(kilobytes(20)))],
    ["a URL of 100 KB", "401 client_unknown", () => ({ ...token(""), path: `${s("token")}?${kilobytes(100)}` })],
    ["unknown client", "401 client_unknown", () => token(refresh("nobody", refreshToken))],
    ["another server's client", "401 client_unknown", () => token(refresh(stranger.clientId, refreshToken))],
    [
      "at another server",
      "401 client_unknown",
      () => ({ ...token(refresh(client.clientId, refreshToken)), path: `/s/${foreign.slug}/token` }),
    ],
    [
      "unknown grant type",
      "400 grant_type_unsupported",
      () => token(`grant_type=password&client_id=${client.clientId}`),
    ],
    ["unknown code", "400 code_unknown", () => token(redeem(`mcpstack_ac_${unknownHandle}`))],
    ["unknown refresh token", "400 refresh_unknown", () => token(refresh(client.clientId, "nothing"))],
    [
      "a code as refresh token",
      "400 refresh_unknown",
      () => token(refresh(client.clientId, `mcpstack_ac_${unknownHandle}`)),
    ],
    [
      "broken Basic",
      "401 client_authentication_failed",
      () => token("grant_type=a", form, { authorization: "Basic !" }),
    ],
    ["invalid UTF-8", "401 client_unknown", () => token(noText)],
    ["empty body", "401 client_unknown", () => token("")],
    ["unknown server", "404 server_unknown", () => ({ ...token("a=b"), path: "/s/nobody/token" })],
  ],
  revoke: [
    ["wrong method", "405 method_not_allowed", () => ({ method: "DELETE", path: s("revoke") })],
    ["wrong content type", "400 unsupported_media_type", () => revoke("token=a", "text/plain")],
    ["2 MB body", "413 request_too_large", () => revoke(`token=${kilobytes(2048)}`)],
    ["a parameter twice", "400 duplicate_parameter", () => revoke("token=a&token=b")],
    ["NUL", "400 malformed_request", () => revoke("token=%00")],
    ["unknown client", "401 client_unknown", () => revoke(`token=${refreshToken}&client_id=nobody`)],
    ["no client", "401 client_unknown", () => revoke(`token=${refreshToken}`)],
    [
      "another server's client",
      "401 client_unknown",
      () => revoke(`token=${refreshToken}&client_id=${stranger.clientId}`),
    ],
    ["invalid UTF-8", "400 malformed_request", () => revoke(noText)],
    ["empty body", "400 malformed_request", () => revoke("")],
  ],
  register: [
    ["wrong method", "405 method_not_allowed", () => ({ path: s("register") })],
    ["wrong content type", "400 unsupported_media_type", () => register("redirect_uris=a", form)],
    ["2 MB body", "413 request_too_large", () => register(JSON.stringify({ client_name: kilobytes(2048) }))],
    ["broken JSON", "400 malformed_request", () => register('{"redirect_uris":[')],
    ["deep JSON", "400 client_metadata_invalid", () => register(deep)],
    ["NUL", "400 redirect_uri_invalid", () => register('{"redirect_uris":["https://a.example/\\u0000"]}')],
    ["invalid UTF-8", "400 malformed_request", () => register(noText)],
    ["empty body", "400 malformed_request", () => register("")],
    ["unknown server", "404 server_unknown", () => ({ ...register("{}"), path: "/s/nobody/register" })],
    [
      "a URL of 100 KB",
      "400 redirect_uri_invalid",
      () => ({ ...register("{}"), path: `${s("register")}?${kilobytes(100)}` }),
    ],
  ],
  "mcp without a token": [
    ["wrong method", "401 token_missing", () => ({ ...bare(), method: "PATCH" })],
    ["2 MB body", "401 token_missing", () => post(s("mcp"), json, kilobytes(2048))],
    ["broken JSON", "401 token_missing", () => post(s("mcp"), json, "{")],
    ["NUL", "401 token_missing", () => bare({}, "?a=%00")],
    ["a URL of 100 KB", "401 token_missing", () => bare({}, `?${kilobytes(100)}`)],
    ["a token in the URL", "401 token_missing", () => bare({}, `?access_token=${accessToken}`)],
    ["two tokens", "400 token_malformed", () => bare({ authorization: "Bearer a, Bearer b" })],
    ["a made-up token", "401 token_invalid", () => bare({ authorization: "Bearer aaaa.bbbb.cccc" })],
    ["20 KB of token", "401 token_invalid", () => bare({ authorization: `Bearer ${kilobytes(20)}` })],
    ["another server's token", "401 token_audience", () => ({ path: `/s/${foreign.slug}/mcp`, headers: bearer() })],
    ["a refresh token", "401 token_invalid", () => bare({ authorization: `Bearer ${refreshToken}` })],
    ["unknown server", "404 server_unknown", () => ({ path: "/s/nobody/mcp" })],
    ["a foreign page", "403 origin_refused", () => bare({ origin: "https://evil.example" })],
  ],
  "mcp with a token": [
    ["wrong method", "405 method_not_allowed", () => ({ ...mcp("{}"), method: "PATCH" })],
    ["wrong content type", "415 unsupported_media_type", () => mcp("a=b", form)],
    ["11 MB body", "413 request_too_large", () => mcp(ping(`{"x":"${kilobytes(11 * 1024)}"}`))],
    ["broken JSON", "400 malformed_request", () => mcp("{")],
    [
      "a member twice",
      "400 malformed_request",
      () => mcp('{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}'),
    ],
    ["deep JSON", "400 malformed_request", () => mcp(ping(deep))],
    ["invalid UTF-8", "400 malformed_request", () => mcp(noText)],
    ["empty body", "400 malformed_request", () => mcp("")],
    ["a batch", "400 batch_refused", () => mcp(`[${ping("{}")}]`, json, { "mcp-protocol-version": "2025-06-18" })],
  ],
  "api/v1": [
    ["no token", "401 unauthenticated", () => ({ path: read("/gateways").path })],
    [
      "a made-up token",
      "401 unauthenticated",
      () => ({ ...read("/gateways"), headers: { authorization: "Bearer mcpstack_sk_no" } }),
    ],
    ["an MCP token", "401 unauthenticated", () => ({ ...read("/gateways"), headers: bearer() })],
    ["wrong method", "405 method_not_allowed", () => ({ ...read("/gateways"), method: "DELETE" })],
    ["unknown URL", "404 not_found", () => ({ path: "/api/v1/nothing", headers: operator() })],
    ["wrong content type", "415 unsupported_media_type", () => create("a=b", form)],
    ["2 MB body", "413 request_too_large", () => create(JSON.stringify({ name: kilobytes(2048) }))],
    ["broken JSON", "400 malformed_json", () => create("{")],
    ["deep JSON", "422 invalid_field", () => create(deep)],
    ["NUL", "422 invalid_field", () => create('{"name":"a\\u0000"}')],
    ["invalid UTF-8", "400 malformed_json", () => create(noText)],
    ["empty body", "400 malformed_json", () => create("")],
    ["a parameter twice", "422 invalid_field", () => read("/gateways?page=1&page=2")],
    ["unknown id", "404 not_found", () => read("/gateways/gw_nobody")],
    ["an id that is none", "404 not_found", () => read("/gateways/%00")],
    ["broken escapes", "404 not_found", () => read("/gateways", "%ff%fe")],
    ["another organization", "404 not_found", () => read("/gateways", foreign.organizationId)],
    ["another organization's gateway", "404 not_found", () => read(`/gateways/${foreign.gatewayId}`)],
    ["attaching another's gateway", "404 not_found", () => attach(foreign.gatewayId)],
    ["a URL of 100 KB", "422 invalid_field", () => read("", kilobytes(100))],
  ],
  "well-known": [
    ["wrong method", "405 method_not_allowed", () => post(`${wellKnown}/s/${shop.slug}/mcp`, json, "{}")],
    ["2 MB body", "405 method_not_allowed", () => post(`${wellKnown}/s/${shop.slug}/mcp`, json, kilobytes(2048))],
    ["unknown server", "404 server_unknown", () => ({ path: `${wellKnown}/s/nobody/mcp` })],
    ["NUL", "404 server_unknown", () => ({ path: `${wellKnown}/s/%00/mcp` })],
    ["invalid UTF-8", "404 server_unknown", () => ({ path: `${wellKnown}/s/%ff/mcp` })],
    ["a URL of 100 KB", "404 server_unknown", () => ({ path: `${wellKnown}/s/${kilobytes(100)}/mcp` })],
    ["path traversal", "404 server_unknown", () => ({ path: `${wellKnown}/s/..%2f..%2f/mcp` })],
  ],
  jwks: [
    ["wrong method", "405 method_not_allowed", () => post("/.well-known/jwks.json", json, "{}")],
    ["2 MB body", "405 method_not_allowed", () => post("/.well-known/jwks.json", json, kilobytes(2048))],
  ],
  healthz: [
    ["wrong method", "405 method_not_allowed", () => post("/healthz", json, "{}")],
    ["2 MB body", "405 method_not_allowed", () => post("/healthz", json, kilobytes(2048))],
  ],
  "no door": [
    ["unknown URL", "404 not_found", () => ({ path: "/nothing" })],
    ["2 MB body", "404 not_found", () => post("/", json, kilobytes(2048))],
    ["a URL of 100 KB", "404 not_found", () => ({ path: `/${kilobytes(100)}` })],
    ["broken escapes", "404 server_unknown", () => ({ path: "/s/%zz/mcp" })],
  ],
};

describe.each(Object.entries(doors))("%s", (_, cases) => {
  it.each(cases)("%s: %s", async (_, answer, row) => {
    const sent = await row();
    const before = await kept();
    const response = await send(sent);
    const seen = await told(response);
    expect(seen.answer).toBe(answer);
    expect(seen.text).toContain(requestId);
    saysNothingOfItsInside(seen.text);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("location")).toBeNull();
    expect(await kept()).toEqual(before);
  });
});
