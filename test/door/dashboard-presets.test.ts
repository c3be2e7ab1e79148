// The provider is chosen first; the form then asks for what its preset needs, and the checklist is this deployment's.
import { beforeAll, expect, test } from "vitest";
import { providerPresets } from "../../src/contract/providers.ts";
import { decode, formOn, Operator } from "./operator.ts";
import { openShop, type Shop } from "./shop.ts";

let shop: Shop;
let path: string;
let admin: Operator;

beforeAll(async () => {
  shop = await openShop();
  path = `/dashboard/${shop.organizationId}/gateways`;
  admin = new Operator();
  await admin.signIn(shop.token);
});

/** Names of the fields outside the fold, in the order of the page. */
function shownFields(html: string): string[] {
  const [before = ""] = html.slice(html.indexOf("<fieldset")).split("<details");
  return [...before.matchAll(/<(?:input|textarea|select)\b[^>]*? id="([\w.]+)"/g)].map(([, id = ""]) => id);
}

test("every preset can be chosen, with what comes through each door", async () => {
  const html = decode((await admin.get(`${path}/new`)).html);
  for (const { id, name, doors } of providerPresets) {
    expect(html).toContain(`href="${path}/new?provider=${id}">${name}</a>`);
    expect(html).toContain(`MCP clients: ${doors.external}. Embedded apps: ${doors.embedded}.`);
  }
});

test.each(providerPresets.map((preset) => [preset.id, preset] as const))(
  "the form of %s shows its fields in its order, with examples, where to find them, and its limits",
  async (id, preset) => {
    const html = decode((await admin.get(`${path}/new?provider=${id}`)).html);
    expect(shownFields(html)).toEqual(["name", ...preset.fields.map(({ name }) => name)]);
    expect(formOn(html, `${path}/new`).providerType).toBe(id);
    for (const { name, label, example, where } of preset.fields) {
      const [, hint = ""] = new RegExp(`id="${name}-hint">([^<]*)<`).exec(html) ?? [];
      expect(html).toMatch(new RegExp(`<label for="${name}">${label.replace(/[()]/g, "\\$&")}`));
      expect(hint).toContain(where);
      if (name !== "clientSecret") expect(hint).toContain(example);
    }
    for (const limit of preset.limits) expect(html).toContain(limit);
  },
);

test.each([
  ["okta", "openid profile email"],
  ["github", ""],
])("the form of %s starts with the sign-in scopes that it knows: %j", async (id, scopes) => {
  const { html } = await admin.get(`${path}/new?provider=${id}`);
  expect(formOn(html, `${path}/new`).scopes).toBe(scopes);
});

test("what a preset does not need is kept when it is behind the fold, and is saved", async () => {
  const form = { name: "Folded", clientId: "c", resource: "urn:behind-the-fold" };
  const made = await admin.submit(`${path}/new?provider=github`, `${path}/new`, form);
  const page = made.location?.split("?")[0] ?? "";
  expect(formOn((await admin.get(page)).html, page)).toMatchObject({
    ...{ providerType: "github", resource: "urn:behind-the-fold" },
  });
});

test("after creation and on the Connect tab stands the preset's checklist with the profile's callback URL", async () => {
  const made = await admin.submit(`${path}/new?provider=okta`, `${path}/new`, {
    ...{ name: "Listed", clientId: "c", authorizationServerUrl: shop.provider },
  });
  const page = made.location?.split("?")[0] ?? "";
  const callback = `/callback/${page.split("/").at(-1)}</code> to its Sign-in redirect URIs`;
  for (const shown of [made.location ?? "", `${page}/connect`]) {
    const { html } = await admin.get(shown);
    expect(html).toContain("Set up Okta");
    expect(html).toContain(callback);
    expect(html).not.toContain("{callbackUrl}");
  }
});

test("an address of another provider offers its preset before it is saved, and what was typed is kept", async () => {
  const typed = { name: "Odd", clientId: "kept", authorizationServerUrl: `${shop.provider}/realms/acme` };
  const warned = await admin.submit(`${path}/new?provider=manual`, `${path}/new`, { ...typed, intent: "check" });
  expect(warned.html).toContain("This looks like Keycloak");
  expect(warned.html).toContain("Switch to Keycloak");
  const switched = await admin.submit(`${path}/new?provider=manual`, `${path}/new`, { ...typed, switch: "keycloak" });
  expect(formOn(switched.html, `${path}/new`)).toMatchObject({ ...typed, providerType: "keycloak" });
});

test("a saved profile whose address is another provider's says so, and leads to that preset's form", async () => {
  const form = { name: "Odd", authorizationServerUrl: `${shop.provider}/realms/acme` };
  const made = await admin.submit(`${path}/new?provider=manual`, `${path}/new`, form);
  const page = made.location?.split("?")[0] ?? "";
  const { html } = await admin.get(page);
  expect(html).toContain("the address looks like Keycloak");
  const link = `${page}?provider=keycloak`;
  expect(html).toContain(`href="${link}"`);
  expect((await admin.submit(link, page, {})).location).toContain("done=saved");
  const after = (await admin.get(page)).html;
  expect(after).not.toContain("the address looks like");
  expect(formOn(after, page).providerType).toBe("keycloak");
});
