// Hundreds of random requests at every door: never a fault of the gateway, never its inside, never HTML for a program.
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { type Row, saysNothingOfItsInside, send } from "./hostile.ts";
import { Client, openShop, type Shop } from "./journey.ts";

let shop: Shop;
let client: Client;

beforeAll(async () => {
  shop = await openShop();
  client = await new Client(shop).register();
});

const nasty = [
  "",
  "\u0000",
  "\r\nx: y",
  "%",
  "%ff",
  "../../",
  "<script>",
  "' OR 1=1 --",
  "__proto__",
  "constructor",
  "null",
  "NaN",
  "-1",
  "1e999",
  "\ud800",
  "\u202e",
  "𝕏".repeat(100),
  "x".repeat(20_000),
  "javascript:alert(1)",
  "http://[::1",
  "https://client.example/cb",
  "mcpstack_rt_a.b",
  `mcpstack_ac_${"A".repeat(43)}.b`,
  `${"A".repeat(43)}.${"B".repeat(43)}`,
];
const value = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "binary", maxLength: 40 }), fc.string());
const known = (which: () => string) => fc.constant(null).map(which);

const parameters = fc.constantFrom(
  ...["client_id", "client_secret", "redirect_uri", "response_type", "scope", "state", "prompt", "resource", "iss"],
  ...["code_challenge", "code_challenge_method", "grant_type", "code", "code_verifier", "refresh_token", "token"],
  ...["ticket", "form_token", "decision", "error", "page", "pageSize", "__proto__"],
);
const sensible = fc.oneof(
  value,
  known(() => client.clientId),
  known(() => client.redirectUri),
  known(() => shop.resource),
  fc.constantFrom("code", "S256", "authorization_code", "refresh_token", "allow", "deny", "tickets.read"),
);
const pairs = fc
  .array(fc.tuple(parameters, sensible), { maxLength: 8 })
  .map((list) => new URLSearchParams(list.map(([name, text]) => [name, text])).toString());

const segment = fc.oneof(
  known(() => shop.slug),
  fc.constantFrom("nobody", "..", "%00", "%zz", "A", "s"),
  value.map(encode),
);
const door = fc.constantFrom("mcp", "mcp/", "authorize", "token", "register", "revoke", "embedded/exchange", "nothing");
const path = fc.oneof(
  fc.tuple(segment, door).map(([slug, name]) => `/s/${slug}/${name}`),
  segment.map((slug) => `/.well-known/oauth-protected-resource/s/${slug}/mcp`),
  segment.map((slug) => `/.well-known/oauth-authorization-server/s/${slug}`),
  segment.map((gateway) => `/callback/${gateway}`),
  fc.constantFrom("/consent", "/healthz", "/.well-known/jwks.json", "/api/v1", "/", "//", "/authorize", "/token"),
  fc.array(segment, { maxLength: 4 }).map((list) => `/api/v1/organizations/${list.join("/")}`),
  fc.tuple(segment, segment).map(([one, two]) => `/api/v1/organizations/${one}/mcp-servers/${two}`),
);

const headers = fc.record(
  {
    "content-type": fc.constantFrom("application/json", "application/x-www-form-urlencoded", "text/plain", "a", ";"),
    accept: fc.constantFrom("text/html", "application/json", "*/*", "text/event-stream", "nonsense"),
    authorization: fc.constantFrom(
      "Bearer",
      "Bearer x",
      "Bearer a.b.c.d.e",
      "Basic !",
      "Basic Og==",
      "Basic YTpi",
      "DPoP x",
    ),
    origin: fc.constantFrom("null", "https://evil.example", "http://localhost:8787", "x"),
    cookie: fc.constantFrom(
      "mcpstack_browser=x",
      `mcpstack_browser=${"A".repeat(43)}`,
      "mcpstack_consents=a*b",
      ";;=",
      "=",
    ),
    "mcp-protocol-version": fc.constantFrom("2025-03-26", "2026-07-28", "x"),
    "mcp-method": fc.constantFrom("tools/call", "=?base64?!?=", "x"),
    "access-control-request-headers": fc.constantFrom("authorization", "a, b"),
  },
  { requiredKeys: [] },
);

const body = fc.oneof(
  pairs,
  fc.json({ maxDepth: 6 }),
  fc
    .record({ redirect_uris: fc.array(value, { maxLength: 3 }), client_name: value, scope: value })
    .map((it) => JSON.stringify(it)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
);

const request = fc
  .tuple(
    fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    path,
    pairs,
    headers,
    fc.option(body),
  )
  .map(([method, target, query, sent, content]): Row => {
    const carries = content !== null && method !== "GET" && method !== "HEAD";
    return { method, path: query ? `${target}?${query}` : target, headers: sent, ...(carries && { body: content }) };
  });

/** Half of a surrogate pair has no encoding. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Where a person's browser arrives; everything else is for programs. */
const people = /^\/(?:consent$|callback\/|s\/[^/]+\/authorize$)/;

it("400 random requests end in an answer that is documented", async () => {
  const property = fc.asyncProperty(request, async (row) => {
    const response = await send(row);
    const text = await response.text();
    expect(response.status).toBeLessThan(500);
    saysNothingOfItsInside(text);
    const type = response.headers.get("content-type");
    if (type?.startsWith("text/html")) expect(new URL(row.path, "http://localhost").pathname).toMatch(people);
    else if (text !== "") expect([type, typeof JSON.parse(text)]).toEqual(["application/json", "object"]);
    if (response.status >= 400 && row.method !== "HEAD") expect(text).toContain("ray-of-this-request");
    // A redirect leads on here or to the client's own loopback address, never to what a request made up.
    const location = response.headers.get("location");
    if (location) expect(location).toMatch(/^http:\/\/(?:localhost:8787|127\.0\.0\.1)[:/]/);
  });
  await fc.assert(property, { numRuns: 400, seed: 20_261_122 });
}, 60_000);
