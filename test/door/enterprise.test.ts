// Enterprise-managed authorization (ID-JAG) through the door: what is published, what is issued, and what it opens.
import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { countStorage } from "./counting-bindings.ts";
import {
  callTool,
  changeProfile,
  clientId,
  clientSecret,
  IdentityProvider,
  jwtBearer,
  openEnterprise,
  present,
  tokenOf,
  told,
} from "./enterprise-visit.ts";
import { asked, publish } from "./exchange-visit.ts";
import { api, Client, fetchUrl, Person, runtimeSaw, type Shop } from "./journey.ts";
import { keyClient } from "./key-client.ts";
import { knock } from "./knock.ts";
import { issuerDocument } from "./published.ts";

let idp: IdentityProvider;
let shop: Shop;

beforeAll(async () => {
  idp = await IdentityProvider.open();
  shop = await openEnterprise(idp);
});

const base = (of: Shop) => `/organizations/${of.organizationId}`;
/** What the runtime of the shop was sent last. */
async function lastHeaders(): Promise<Record<string, string>> {
  return (await runtimeSaw(shop)).at(-1)?.headers ?? {};
}

async function tokenLines(of: Shop) {
  const path = `${base(of)}/gateways/${of.gatewayId}/logs?event=enterprise`;
  return vi.waitFor(async () => {
    const { items } = await api<{ items: Record<string, unknown>[] }>("GET", path, of.token);
    expect(items.length).toBeGreaterThan(0);
    return items;
  });
}

describe("P-33 the metadata", () => {
  const documentOf = async (of: Shop): Promise<Record<string, unknown>> =>
    (await fetchUrl(`${of.issuer}/.well-known/oauth-authorization-server`)).json();

  test("says that the profile of the grant is served, and never whose assertions", async () => {
    const document = await documentOf(shop);
    expect(document).toMatchObject({
      grant_types_supported: ["authorization_code", "refresh_token", jwtBearer],
      authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"],
    });
    expect(JSON.stringify(document)).not.toContain(idp.place);
  });

  test("says nothing where it is off, which it is unless an issuer is listed", async () => {
    const off = await openEnterprise(null);
    const document = await documentOf(off);
    expect(document).toMatchObject({ grant_types_supported: issuerDocument("", "").grant_types_supported });
    expect(document).not.toHaveProperty("authorization_grant_profiles_supported");
  });
});

describe("P-94 an assertion brings a token", () => {
  test("without a consent page, a refresh token or a browser", async () => {
    const answer = await told(await present(shop, await idp.idJag(shop)));
    expect(answer).toEqual({
      ...{ status: 200, token_type: "Bearer", expires_in: 3600, scope: "tickets.read" },
      access_token: expect.any(String),
    });
  });

  test("the secret may come in the header, and the resource in the request", async () => {
    const response = await fetchUrl(`${shop.endpoints}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({
        ...{ grant_type: jwtBearer, assertion: await idp.idJag(shop), resource: shop.resource },
      }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("a client that registered itself with a secret may present one, and a public one may not", async () => {
    const confidential = await new Client(shop).register({ token_endpoint_auth_method: "client_secret_post" });
    const assertion = await idp.idJag(shop, { client_id: confidential.clientId });
    const credentials = { client_id: confidential.clientId, client_secret: confidential.clientSecret ?? "" };
    expect(await told(await present(shop, assertion, credentials))).toMatchObject({ status: 200 });

    const open = await new Client(shop).register();
    const other = await idp.idJag(shop, { client_id: open.clientId });
    const refused = await told(await present(shop, other, { client_id: open.clientId, client_secret: undefined }));
    expect(refused).toMatchObject({ status: 400, error: "unauthorized_client", reason: "id_jag_client_public" });
    const dressed = await told(await present(shop, other, { client_id: open.clientId, client_secret: "made-up" }));
    expect(dressed).toMatchObject({ status: 400, error: "unauthorized_client" });
  });

  test("P-40 a document client presents one with its key, and not by its name alone", async () => {
    const client = await keyClient(shop, ["none", "private_key_jwt"]);
    const assertion = await idp.idJag(shop, { client_id: client.clientId });
    const grant = { grant_type: jwtBearer, assertion };
    const bare = await told(await client.post("token", { ...grant, client_assertion: null }));
    expect(bare).toMatchObject({ status: 400, error: "unauthorized_client", reason: "id_jag_client_public" });
    const answer = await told(await client.post("token", grant));
    expect(answer).toMatchObject({ status: 200, scope: "tickets.read" });
    expect((await callTool(shop, answer.access_token ?? "")).status).toBe(200);
    const headers = await lastHeaders();
    const said = decodeJwt(headers["x-mcpstack-assertion"] ?? "");
    expect(said).toMatchObject({ client_id: client.clientId, client_name: expect.stringMatching(/./) });
  });

  test("it opens the MCP URL, and the runtime is told who calls and given nothing else", async () => {
    const token = await tokenOf(shop, idp);
    expect((await callTool(shop, token)).status).toBe(200);
    const headers = await lastHeaders();
    expect(headers.authorization).toBeUndefined();
    const assertion = decodeJwt(headers["x-mcpstack-assertion"] ?? "");
    expect(assertion).toMatchObject({
      ...{ aud: shop.resource, channel: "enterprise", client_id: clientId, client_name: "Acme Chat" },
      ...{ scope: "tickets.read", sub: expect.stringMatching(/^usr_/) },
    });
    expect(assertion).not.toHaveProperty("grant");
    expect(JSON.stringify(headers)).not.toContain(token);
  });

  test("P-16 a tool beyond its scopes is refused with what it needs", async () => {
    const response = await callTool(shop, await tokenOf(shop, idp), "create_ticket");
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toContain("tickets.write");
  });

  test("the profile's lifetime is its lifetime, and never more than an hour", async () => {
    const brief = await openEnterprise(idp, { accessTokenTtl: 120 });
    expect(await told(await present(brief, await idp.idJag(brief)))).toMatchObject({ expires_in: 120 });
    const long = await openEnterprise(idp, { accessTokenTtl: 86_400 });
    expect(await told(await present(long, await idp.idJag(long)))).toMatchObject({ expires_in: 3600 });
  });

  test("keys may be where the profile says, and are looked at again when a new one signs", async () => {
    const rotating = await IdentityProvider.open();
    const named = await openEnterprise(null, {
      enterpriseIssuers: [{ issuer: "https://never.asked.example", jwksUri: rotating.jwksUri }],
    });
    const of = { iss: "https://never.asked.example" };
    await tokenOf(named, rotating, of);
    expect(await asked(`${rotating.place}/.well-known/openid-configuration`)).toBe(0);
    const unknown = await told(await present(named, await rotating.idJag(named, of, { kid: "key-2" })));
    expect(unknown).toMatchObject({ status: 400, error: "invalid_grant", reason: "id_jag_key_unknown" });
    await publish(`${rotating.place}/jwks`, { keys: [{ ...rotating.signer.jwk, kid: "key-3", use: "sig" }] });
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ["Date"] });
    try {
      const fresh = await rotating.idJag(named, of, { kid: "key-3" });
      expect(await told(await present(named, fresh))).toMatchObject({ status: 200 });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("who it is", () => {
  test("the profile's own provider names the same person as a sign-in", async () => {
    const own = await openEnterprise(null);
    const signedIn = await (await new Client(own).register()).signIn(new Person());
    expect((await callTool(own, signedIn.access_token)).status).toBe(200);
    const [person] = await people(own);
    await changeProfile(own, { enterpriseIssuers: [{ issuer: own.provider, jwksUri: idp.jwksUri }] });
    await tokenOf(own, idp, { iss: own.provider, sub: person?.subject });
    await vi.waitFor(async () => {
      expect(await people(own)).toEqual([
        expect.objectContaining({ id: person?.id, channels: ["oauth", "enterprise"] }),
      ]);
    });
  });

  test("another issuer names another person by the same subject", async () => {
    const two = await openEnterprise(idp);
    const second = await IdentityProvider.open();
    await changeProfile(two, {
      enterpriseIssuers: [{ issuer: idp.issuer }, { issuer: second.issuer, tenants: ["acme"] }],
    });
    await tokenOf(two, idp);
    await tokenOf(two, second, { tenant: "acme" });
    const found = await vi.waitFor(async () => {
      const all = await people(two);
      expect(all).toHaveLength(2);
      return all;
    });
    expect(found.map(({ subject, email, channels }) => ({ subject, email, channels }))).toEqual(
      expect.arrayContaining([
        { subject: "ada", email: "ada@acme.example", channels: ["enterprise"] },
        { subject: "acme:ada", email: "ada@acme.example", channels: ["enterprise"] },
      ]),
    );
  });

  interface Found {
    id: string;
    subject: string;
    email: string | null;
    channels: string[];
  }

  async function people(of: Shop): Promise<Found[]> {
    return (await api<{ items: Found[] }>("GET", `${base(of)}/users`, of.token)).items;
  }
});

describe("the log", () => {
  test("has a line of its own for each token, and each refusal with its reason", async () => {
    const noted = await openEnterprise(idp);
    await tokenOf(noted, idp);
    const refused = await told(await present(noted, await idp.idJag(noted, { aud: "https://other.example" })));
    expect(refused.reason).toBe("id_jag_audience");
    const lines = await vi.waitFor(async () => {
      const found = await tokenLines(noted);
      expect(found).toHaveLength(2);
      return found;
    });
    expect(lines).toEqual([
      expect.objectContaining({
        ...{ outcome: "refused", reason: "id_jag_audience", client: clientId, channel: "enterprise" },
        ...{ expected: `aud ${noted.issuer}`, seen: "https://other.example" },
      }),
      expect.objectContaining({
        ...{ outcome: "ok", client: clientId, clientName: "Acme Chat", channel: "enterprise" },
        ...{ user: expect.stringMatching(/^usr_/), server: noted.slug },
      }),
    ]);
  });
});

describe("what it costs", () => {
  test("once warm, one object before the answer; and after it one note per person and hour", async () => {
    const priced = await openEnterprise(idp);
    const ledger = countStorage(env);
    const ask = async () => {
      ledger.taken();
      const response = await present(priced, await idp.idJag(priced), {}, (url, init) =>
        knock(ledger.bindings, url, init),
      );
      expect(response.status).toBe(200);
      return ledger.taken();
    };
    await ask();
    expect(await ask()).toEqual(["object firstUse"]);
    expect(await ask()).toEqual(["object firstUse"]);
  });
});
