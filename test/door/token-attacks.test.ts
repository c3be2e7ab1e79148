// Attack groups 16, 17 and 19 where two servers share a profile, where a client has a secret, and where calls race.
import { afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { expectError, expectRefused, ownShop, passTime, signIn, tokensOf } from "./grant-visit.ts";
import { api, Client, fetchUrl, origin, Person, type Shop, type Tokens } from "./journey.ts";

let shop: Shop;
/** Another server of the same organization, behind the same profile and provider. */
let sibling: Shop;
const person = new Person();

beforeAll(async () => {
  shop = await ownShop("refresh");
  const base = `/organizations/${shop.organizationId}/mcp-servers`;
  const slug = `${shop.slug}-b`;
  const { id: serverId } = await api<{ id: string }>("POST", base, shop.token, {
    ...{ name: "Sales API", slug, runtimeUrl: `${inject("runtimeUrl")}/do/echo/${slug}`, scopes: ["tickets.read"] },
  });
  await api("PUT", `${base}/${serverId}/gateway`, shop.token, { gatewayId: shop.gatewayId });
  const issuer = `${origin}/s/${slug}`;
  sibling = { ...shop, serverId, slug, issuer, endpoints: issuer, resource: `${issuer}/mcp` };
});

afterEach(() => {
  vi.useRealTimers();
});

/** The same client at the other server, as far as anybody can make it the same. */
async function atSibling(client: Client): Promise<Client> {
  const there = await new Client(sibling, client.redirectUri).register();
  there.verifier = client.verifier;
  return there;
}

describe("16 codes", () => {
  test("16 a code at the token endpoint of another server of the same profile", async () => {
    const client = await new Client(shop).register();
    const code = await client.code(person);
    const there = await atSibling(client);
    for (const overrides of [{}, { resource: shop.resource }, { resource: null }]) {
      await expectError(await there.redeem(code, overrides), 400, "invalid_grant", "code_unknown");
    }
    await tokensOf(await client.redeem(code));
  });

  test.each<[string, Record<string, string | null>]>([
    ["no secret", { client_secret: null }],
    ["a wrong secret", { client_secret: "wrong" }],
  ])("16 a code replayed with %s does not end the grant of a secret client", async (_, overrides) => {
    const client = await new Client(shop).register({ token_endpoint_auth_method: "client_secret_post" });
    const code = await client.code(person);
    const { refresh_token } = await tokensOf(await client.redeem(code));
    await expectError(await client.redeem(code, overrides), 401, "invalid_client", "client_authentication_failed");
    await tokensOf(await client.refresh(refresh_token));
  });

  test("16 without a challenge no code comes into being that a verifier could be sent or left out for", async () => {
    const client = await new Client(shop).register();
    const url = await client.authorizeUrl({ code_challenge: null, code_challenge_method: null });
    const { final } = await person.walk(url);
    expect(final.searchParams.get("code")).toBeNull();
    const forged = `mcpstack_ac_${"A".repeat(43)}.${"A".repeat(43)}`;
    await expectError(await client.redeem(forged), 400, "invalid_grant", "code_unknown");
  });

  test("16 a code is good for one client's request alone while two race with different verifiers", async () => {
    const client = await new Client(shop).register();
    const code = await client.code(person);
    const wrong = { code_verifier: "x".repeat(43) };
    const answers = await Promise.all([client.redeem(code, wrong), client.redeem(code), client.redeem(code, wrong)]);
    expect(answers.map(({ status }) => status)).toEqual([400, 200, 400]);
    const [, right] = answers;
    if (!right) throw new Error("three were sent");
    const { refresh_token } = await tokensOf(right);
    await tokensOf(await client.refresh(refresh_token));
  });
});

describe("17 refresh tokens", () => {
  test("17 at another server of the same profile", async () => {
    const { client, tokens } = await signIn(shop);
    const there = await atSibling(client);
    const answers = [
      await there.refresh(tokens.refresh_token),
      await there.refresh(tokens.refresh_token, { resource: shop.resource }),
      await there.refresh(tokens.refresh_token, { resource: sibling.resource }),
    ];
    for (const answer of answers) await expectError(answer, 400, "invalid_grant", "refresh_unknown");
    await tokensOf(await client.refresh(tokens.refresh_token));
  });

  test.each<[string, Record<string, string | null>]>([
    ["no secret", { client_secret: null }],
    ["a wrong secret", { client_secret: "wrong" }],
  ])("17 an old token with %s does not end the grant of a secret client", async (_, overrides) => {
    const client = await new Client(shop).register({ token_endpoint_auth_method: "client_secret_post" });
    const first = await client.signIn(person);
    const second = await tokensOf(await client.refresh(first.refresh_token));
    passTime(61);
    const stolen = await client.refresh(first.refresh_token, overrides);
    await expectError(stolen, 401, "invalid_client", "client_authentication_failed");
    await tokensOf(await client.refresh(second.refresh_token));
  });

  test("17 an old token and the newest at the same moment: the grant ends, and no successor works", async () => {
    const { client, tokens } = await signIn(shop);
    const second = await tokensOf(await client.refresh(tokens.refresh_token));
    passTime(61);
    const [reuse, refreshed] = await Promise.all([
      client.refresh(tokens.refresh_token),
      client.refresh(second.refresh_token),
    ]);
    await expectError(reuse, 400, "invalid_grant", "refresh_reused");
    const last: Partial<Tokens> = refreshed.status === 200 ? await refreshed.json() : {};
    const successor = await client.refresh(last.refresh_token ?? second.refresh_token);
    await expectError(successor, 400, "invalid_grant", "refresh_reused");
  });
});

describe("19 for which server", () => {
  const elsewhere: [string, () => string][] = [
    ["another server of the same profile", () => sibling.resource],
    ["the issuer, which is no resource", () => shop.issuer],
    ["the gateway's base URL (CVE-2025-69196)", () => origin],
    ["the base URL with a slash", () => `${origin}/`],
    ["a path below the MCP URL", () => `${shop.resource}/more`],
    ["the MCP URL with a query", () => `${shop.resource}?x=1`],
    ["the MCP URL with a fragment", () => `${shop.resource}#x`],
    ["the MCP URL in another case", () => shop.resource.replace("/mcp", "/MCP")],
    ["something that is no URL", () => "mcp"],
  ];
  test.each(elsewhere)("19 resource is %s: invalid_target at the code and at a refresh", async (_, of) => {
    const client = await new Client(shop).register();
    const code = await client.code(person);
    const resource = of();
    await expectError(await client.redeem(code, { resource }), 400, "invalid_target", "resource_unknown");
    const { refresh_token } = await tokensOf(await client.redeem(code));
    const refused = await client.refresh(refresh_token, { resource });
    expect(await expectError(refused, 400, "invalid_target", "resource_unknown")).toMatchObject({ field: "resource" });
    await tokensOf(await client.refresh(refresh_token));
  });

  test("19 an access token is refused at another server of the same profile, in both forms of its URL", async () => {
    const { client, tokens } = await signIn(shop);
    await expectRefused(new Client(sibling), tokens.access_token);
    await expectRefused(new Client({ ...sibling, resource: `${sibling.resource}/` }), tokens.access_token);
    expect((await client.call(tokens.access_token)).status).toBe(200);
  });

  test.each([
    ["GET", "/api/v1/organizations"],
    ["POST", "/api/v1/organizations"],
    ["GET", "/dashboard"],
    ["GET", "/account"],
  ])("19 an access token opens nothing at %s %s", async (method, path) => {
    const { tokens } = await signIn(shop);
    const headers = { authorization: `Bearer ${tokens.access_token}`, "content-type": "application/json" };
    const [told, stranger] = await Promise.all(
      [headers, { "content-type": "application/json" }].map(async (sent) => {
        const body = method === "POST" ? "{}" : null;
        const response = await fetchUrl(`${origin}${path}`, { method, headers: sent, body });
        return [response.status, response.headers.get("location")];
      }),
    );
    expect(told).toEqual(stranger);
  });
});
