// What everybody hears alike: the same challenge and documents for all, and new ones as soon as the server is another.
import { beforeAll, describe, expect, it } from "vitest";
import { api, Client, fetchUrl, openShop, origin, Person, type Shop } from "./journey.ts";
import { mcpCall } from "./static-headers-visit.ts";

let shop: Shop;
let good: string;

beforeAll(async () => {
  shop = await openShop();
  good = (await (await new Client(shop).register()).signIn(new Person())).access_token;
});

interface Heard {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

async function heard(token: string | null, url = shop.resource, extra: Record<string, string> = {}): Promise<Heard> {
  const response = await fetchUrl(url, mcpCall(token, undefined, extra));
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.json() };
}

/** A good token with one of its parts replaced. */
function changed(part: number, by: (text: string) => string): string {
  return good
    .split(".")
    .map((text, index) => (index === part ? by(text) : text))
    .join(".");
}

describe("a refusal that is the same for everybody", () => {
  it("P-15 without a token: exact, whole, and with the id of its own request last", async () => {
    const first = await heard(null, shop.resource, { "cf-ray": 'ray"1' });
    const second = await heard(null, shop.resource, { "cf-ray": "ray-2" });
    const metadata = `${origin}/.well-known/oauth-protected-resource/s/${shop.slug}/mcp`;
    expect(first).toEqual({
      status: 401,
      headers: {
        "access-control-allow-origin": "*",
        "access-control-expose-headers":
          "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, DPoP-Nonce",
        "cache-control": "no-store",
        "content-type": "application/json",
        "www-authenticate": `Bearer realm="mcp", scope="tickets.read", resource_metadata="${metadata}"`,
      },
      body: {
        error: "unauthorized",
        error_description: expect.any(String),
        reason: "token_missing",
        request_id: 'ray"1',
      },
    });
    expect(second).toEqual({ ...first, body: { ...first.body, request_id: "ray-2" } });
  });

  it("P-20 nobody learns why a token does not open", async () => {
    const other = (text: string) => `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;
    const header = (members: object) => () => btoa(JSON.stringify(members)).replaceAll("=", "");
    const answers = await Promise.all(
      [
        "garbage",
        "a.b.c.d.e",
        changed(0, header({ alg: "dir", enc: "A256GCM", kid: "unknown0", typ: "mcpstack-at" })),
        changed(0, header({ alg: "none" })),
        changed(2, other),
        changed(3, other),
        changed(3, (text) => text.slice(4)),
        changed(4, other),
        changed(4, () => ""),
        "x".repeat(13 * 1024),
      ].map((token) => heard(token, shop.resource, { "cf-ray": "ray" })),
    );
    const [first] = answers;
    expect(first).toMatchObject({ status: 401, body: { error: "invalid_token", reason: "token_invalid" } });
    for (const answer of answers) expect(answer).toEqual(first);
    expect((await fetchUrl(shop.resource, mcpCall(good))).status).toBe(200);
  });

  it("P-4 the URL with a slash is told of a document of its own, whoever asked first", async () => {
    for (const slash of ["", "/", "", "/"]) {
      const { headers } = await heard(null, `${shop.resource}${slash}`);
      expect(headers["www-authenticate"]).toContain(`/s/${shop.slug}/mcp${slash}"`);
    }
  });

  it("HEAD is challenged by the same headers", async () => {
    const asked = await fetchUrl(shop.resource, { method: "GET" });
    const head = await fetchUrl(shop.resource, { method: "HEAD" });
    expect([head.status, Object.fromEntries(head.headers)]).toEqual([401, Object.fromEntries(asked.headers)]);
  });
});

it("a server whose scopes and name change is challenged for and described anew, and no other is", async () => {
  const [one, other] = [await openShop(), await openShop()];
  const told = async ({ slug, resource, issuer }: Shop) => {
    const documents = ["oauth-protected-resource", "oauth-authorization-server"].map(async (kind) => {
      const at = kind === "oauth-protected-resource" ? `/s/${slug}/mcp` : new URL(issuer).pathname;
      return (await fetchUrl(`${origin}/.well-known/${kind}${at}`)).json();
    });
    const [resourceDocument, issuerDocument] = await Promise.all(documents);
    const { headers } = await heard(null, resource);
    return { resourceDocument, issuerDocument, challenge: headers["www-authenticate"] };
  };
  const [before, beside] = [await told(one), await told(other)];
  const path = `/organizations/${one.organizationId}/mcp-servers/${one.serverId}`;
  await api("PATCH", path, one.token, { name: "Another", scopes: ["tickets.list"], tools: [] });
  expect(await told(one)).toEqual({
    resourceDocument: {
      ...(before.resourceDocument as object),
      resource_name: "Another",
      scopes_supported: ["tickets.list"],
    },
    issuerDocument: { ...(before.issuerDocument as object), scopes_supported: ["tickets.list"] },
    challenge: before.challenge?.replace("tickets.read", "tickets.list"),
  });
  expect(await told(other)).toEqual(beside);
});
