// The list of enterprise issuers as operators meet it: REST, its limits, and the dashboard's form.
import { beforeAll, describe, expect, test } from "vitest";
import { IdentityProvider, present, told } from "./enterprise-visit.ts";
import { api, openShop, type Shop } from "./journey.ts";
import { call, organization } from "./management-room.ts";
import { formOn, Operator } from "./operator.ts";

const org = await organization();
const gateways = `${org.path}/gateways`;

describe("REST", () => {
  test("a profile has none, until some are listed; the list is shown as it was set", async () => {
    const made = await call("POST", gateways, org.admin, { name: "enterprise" });
    expect(made.body).toMatchObject({ enterpriseIssuers: [] });
    const enterpriseIssuers = [
      { issuer: "https://acme.idp.example" },
      { issuer: "https://idp.example", jwksUri: "https://keys.idp.example/jwks", tenants: ["acme", "org_7"] },
    ];
    const one = `${gateways}/${made.body.id}`;
    expect(await call("PATCH", one, org.admin, { enterpriseIssuers })).toMatchObject({ status: 200 });
    expect((await call("GET", one, org.viewer)).body).toMatchObject({ enterpriseIssuers });
    expect((await call("PATCH", one, org.admin, { enterpriseIssuers: [] })).body).toMatchObject({
      enterpriseIssuers: [],
    });
  });

  test.each<[string, object, string, string?]>([
    ["plain http", { issuer: "http://idp.example" }, "enterpriseIssuers.0.issuer"],
    ["an address in the network", { issuer: "https://169.254.169.254" }, "enterpriseIssuers.0.issuer"],
    ["the gateway itself", { issuer: "https://gateway.example.com/s/x" }, "enterpriseIssuers.0.issuer"],
    ["no URL", { issuer: "acme" }, "enterpriseIssuers.0.issuer"],
    [
      "keys on this machine",
      { issuer: "https://idp.example", jwksUri: "https://localhost/" },
      "enterpriseIssuers.0.jwksUri",
    ],
    [
      "keys without TLS",
      { issuer: "https://idp.example", jwksUri: "http://idp.example/" },
      "enterpriseIssuers.0.jwksUri",
    ],
    ["a tenant of two words", { issuer: "https://idp.example", tenants: ["a b"] }, "enterpriseIssuers.0.tenants.0"],
    ["an unknown member", { issuer: "https://idp.example", jwks: {} }, "enterpriseIssuers.0.jwks", "unknown_field"],
  ])("%s is refused", async (_, entry, field, code = "invalid_field") => {
    const answer = await call("POST", gateways, org.admin, { name: "x", enterpriseIssuers: [entry] });
    expect([answer.status, answer.body.error]).toEqual([422, expect.objectContaining({ field, code })]);
  });

  test("an issuer that is named twice is refused, because its entries could differ", async () => {
    const twice = [{ issuer: "https://idp.example" }, { issuer: "https://idp.example", tenants: ["acme"] }];
    const answer = await call("POST", gateways, org.admin, { name: "x", enterpriseIssuers: twice });
    expect([answer.status, answer.body.error.field]).toEqual([422, "enterpriseIssuers.1.issuer"]);
  });

  test("an issuer whose keys are named is never asked for anything, and may be any URL", async () => {
    const entry = { issuer: "https://idp.corp.internal", jwksUri: "https://keys.example/jwks" };
    expect(await call("POST", gateways, org.admin, { name: "inside", enterpriseIssuers: [entry] })).toMatchObject({
      status: 201,
    });
  });
});

describe("the dashboard", () => {
  let shop: Shop;
  let idp: IdentityProvider;
  const operator = new Operator();
  const page = () => `/dashboard/${shop.organizationId}/gateways/${shop.gatewayId}`;

  beforeAll(async () => {
    [shop, idp] = [await openShop(), await IdentityProvider.open()];
    await operator.signIn(shop.token);
  });

  const stored = async () => {
    const path = `/organizations/${shop.organizationId}/gateways/${shop.gatewayId}`;
    return (await api<{ enterpriseIssuers: object[] }>("GET", path, shop.token)).enterpriseIssuers;
  };

  test("takes one issuer per line, with its keys and tenants behind it, and shows them again", async () => {
    const lines = [`${idp.issuer}`, `https://b.example https://keys.example/jwks acme org_7`, `https://c.example acme`];
    await operator.submit(page(), page(), { enterpriseIssuers: lines.join("\r\n") });
    expect(await stored()).toEqual([
      { issuer: idp.issuer },
      { issuer: "https://b.example", jwksUri: "https://keys.example/jwks", tenants: ["acme", "org_7"] },
      { issuer: "https://c.example", tenants: ["acme"] },
    ]);
    const { html } = await operator.get(page());
    expect(formOn(html, page()).enterpriseIssuers).toBe(lines.join("\n"));
  });

  test("names the line that is wrong", async () => {
    const shown = await operator.submit(page(), page(), { enterpriseIssuers: `${idp.issuer}\nnot-a-url` });
    expect(shown.html).toMatch(/Line 2 must be an absolute URL/);
  });

  test("an emptied field turns it off for the next assertion", async () => {
    await operator.submit(page(), page(), { enterpriseIssuers: "" });
    expect(await stored()).toEqual([]);
    const refused = await told(await present(shop, await idp.idJag(shop)));
    expect(refused.access_token).toBeUndefined();
  });
});
