// Gateway profiles through the API: the product page to the letter, secrets, names, and what a change means.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { adminToken, call, connected, copyOf, newServer, organization, stage } from "./management-room.ts";

const org = await organization();
const gateways = `${org.path}/gateways`;
const servers = `${org.path}/mcp-servers`;

beforeEach(() => {
  stage.issuer = "https://auth.example.com";
  stage.provider = "revoked";
  stage.told = [];
});

describe("the product page", () => {
  it("creates a gateway profile and attaches it, with the example bodies to the letter", async () => {
    const created = await call(
      "POST",
      gateways,
      org.admin,
      `{
"name": "Support Gateway",
"providerType": "manual",
"authorizationServerUrl": "https://auth.example.com",
"clientId": "your-client-id",
"resource": "https://api.example.com",
"scopes": ["openid", "profile", "email"]
}`,
    );
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      name: "Support Gateway",
      providerType: "manual",
      authorizationServerUrl: "https://auth.example.com",
      clientId: "your-client-id",
      resource: "https://api.example.com",
      scopes: ["openid", "profile", "email"],
      callbackUrl: `https://gateway.example.com/callback/${created.body.id}`,
      pinnedIssuer: "https://auth.example.com",
      hasClientSecret: false,
      accessTokenTtl: 3600,
      grantIdleTtl: 2_592_000,
      grantMaxTtl: 7_776_000,
      servers: [],
    });
    await call("POST", servers, org.admin, newServer("support-api"));
    const body = `{
"gatewayId": "gw_support"
}`;
    const named = await call("PATCH", `${gateways}/${created.body.id}`, org.admin, { name: "gw_support" });
    expect(named.status).toBe(200);
    const attached = await call("PUT", `${servers}/support-api/gateway`, org.admin, body);
    expect([attached.status, attached.body.gatewayId]).toEqual([200, created.body.id]);
  });

  it("a server is found by id or slug, a gateway by id or its exact name", async () => {
    const { body: gateway } = await call("POST", gateways, org.admin, { name: "By Name/ä" });
    const byName = await call("GET", `${gateways}/${encodeURIComponent("By Name/ä")}`, org.viewer);
    expect(byName.body.id).toBe(gateway.id);
    const bySlug = await call("GET", `${servers}/support-api`, org.viewer);
    expect((await call("GET", `${servers}/${bySlug.body.id}`, org.viewer)).body).toEqual(bySlug.body);
    expect(bySlug.body.mcpUrl).toBe("https://gateway.example.com/s/support-api/mcp");
  });

  it("a name that two gateways have is a 409 that asks for the id", async () => {
    for (let i = 0; i < 2; i++) await call("POST", gateways, org.admin, { name: "Twice" });
    const answer = await call("GET", `${gateways}/Twice`, org.viewer);
    expect([answer.status, answer.body.error.code]).toEqual([409, "name_ambiguous"]);
  });
});

describe("secrets", () => {
  const secrets = ["first-client-secret", "second-client-secret", "third-client-secret", "pre-registered-secret-0001"];
  const noSecret = async () => {
    const rows = await env.DB.prepare("SELECT * FROM gateways").all();
    const audit = await env.DB.prepare("SELECT * FROM audit").all();
    for (const secret of secrets) expect(JSON.stringify([rows, audit])).not.toContain(secret);
  };

  it("go in, are sealed, and never come back", async () => {
    const client = { clientId: "known", clientName: "Known", redirectUris: ["https://app.example.com/cb"] };
    const created = await call("POST", gateways, org.admin, {
      name: "Secretive",
      clientSecret: secrets[0],
      clientPolicy: { preregistered: [{ ...client, clientSecret: secrets[3] }] },
    });
    expect(created.body).toMatchObject({ hasClientSecret: true, hasPreviousClientSecret: false });
    expect(created.body.clientPolicy.preregistered).toEqual([{ ...client, hasClientSecret: true }]);
    const path = `${gateways}/${created.body.id}`;
    const repeated = await call("PATCH", path, org.admin, { clientSecret: secrets[0] });
    expect(repeated.body.hasPreviousClientSecret).toBe(false);
    const second = await call("PATCH", path, org.admin, { clientSecret: secrets[1] });
    expect(second.body).toMatchObject({ hasClientSecret: true, hasPreviousClientSecret: true, grantsEnded: 0 });
    const dropped = await call("PATCH", path, org.admin, { dropPreviousClientSecret: true });
    expect(dropped.body).toMatchObject({ hasClientSecret: true, hasPreviousClientSecret: false });
    await call("PATCH", path, org.admin, { clientPolicy: { preregistered: [client] } });
    const read = await call("GET", path, org.viewer);
    expect(read.body.clientPolicy.preregistered[0].hasClientSecret).toBe(true);
    for (const answer of [created, second, dropped, read]) {
      for (const secret of secrets) expect(JSON.stringify(answer.body)).not.toContain(secret);
    }
    await noSecret();
    const gone = await call("PATCH", path, org.admin, { clientSecret: null });
    expect(gone.body).toMatchObject({ hasClientSecret: false, hasPreviousClientSecret: false });
  });

  it("of API tokens and static headers are kept as hash and seal", async () => {
    const value = "Bearer shared-upstream-credential";
    const body = {
      ...newServer("static-api"),
      authentication: "static_headers",
      staticHeaders: { Authorization: value },
    };
    const created = await call("POST", servers, org.admin, body);
    expect([created.status, created.body.hasStaticHeaders]).toEqual([201, true]);
    expect(JSON.stringify(created.body)).not.toContain("shared-upstream");
    const stored = [
      await env.DB.prepare("SELECT * FROM servers").all(),
      await env.DB.prepare("SELECT * FROM api_tokens").all(),
    ];
    for (const secret of ["shared-upstream", org.admin, adminToken])
      expect(JSON.stringify(stored)).not.toContain(secret);
  });
});

describe("changing a profile", () => {
  it("fields that were not sent stay, null clears, and the snapshot follows", async () => {
    const { org, gateway } = await connected("patched");
    const path = `${org.path}/gateways/${gateway.id}`;
    await call("PATCH", path, org.admin, { resource: "https://api.example.com", scopes: ["openid", "openid"] });
    const { body } = await call("PATCH", path, org.admin, { clientId: null });
    expect(body).toMatchObject({
      clientId: null,
      resource: "https://api.example.com",
      scopes: ["openid"],
      grantsEnded: 0,
    });
    expect(body.servers).toMatchObject([{ slug: "patched" }]);
    const copy = await copyOf("patched");
    expect(copy?.gateway).toMatchObject({ id: gateway.id, clientId: null, resource: "https://api.example.com" });
    expect(copy?.gateway).not.toHaveProperty("organizationId");
  });

  it("another issuer ends the grants, the same issuer at another address does not", async () => {
    const { org, gateway, grant } = await connected("moved");
    const path = `${org.path}/gateways/${gateway.id}`;
    const grantId = await grant();
    const same = await call("PATCH", path, org.admin, { authorizationServerUrl: "https://auth.example.com/" });
    expect(same.body).toMatchObject({ grantsEnded: 0, pinnedIssuer: "https://auth.example.com" });
    const epoch = (await copyOf("moved"))?.epoch ?? 0;
    stage.issuer = "https://login.example.org";
    const moved = await call("PATCH", path, org.admin, { authorizationServerUrl: "https://login.example.org" });
    expect(moved.body).toMatchObject({ grantsEnded: 1, pinnedIssuer: "https://login.example.org" });
    expect(stage.told.map((told) => told.grantId)).toEqual([grantId]);
    expect((await copyOf("moved"))?.epoch).toBe(epoch + 1);
  });

  it("a provider that is away never keeps a profile from being saved", async () => {
    stage.issuer = new Error("away");
    const created = await call("POST", gateways, org.admin, {
      name: "Early",
      authorizationServerUrl: "https://auth.example.com",
    });
    expect([created.status, created.body.pinnedIssuer]).toEqual([201, null]);
  });

  it("a shorter access token lifetime takes effect at once", async () => {
    const { org, gateway } = await connected("shorter");
    const before = await copyOf("shorter");
    await call("PATCH", `${org.path}/gateways/${gateway.id}`, org.admin, { accessTokenTtl: 600 });
    expect((await copyOf("shorter"))?.epoch).toBe((before?.epoch ?? 0) + 1);
  });
});

it("deleting an organization ends its grants, frees nothing to others, and leaves no row", async () => {
  const { org, grant } = await connected("org-end");
  const grantId = await grant();
  stage.provider = new Error("object away");
  const early = await call("DELETE", org.path, adminToken);
  expect([early.status, early.body.error.code]).toEqual([409, "revocation_pending"]);
  expect(await copyOf("org-end")).toBeNull();
  stage.provider = "revoked";
  expect((await call("DELETE", org.path, adminToken)).status).toBe(204);
  expect(stage.told.map((told) => told.grantId)).toEqual([grantId]);
  expect((await call("GET", org.path, adminToken)).status).toBe(404);
  expect((await call("GET", org.path, org.admin)).status).toBe(401);
  for (const table of ["gateways", "servers", "api_tokens", "app_users", "grants"]) {
    const rows = await env.DB.prepare(`SELECT * FROM ${table} WHERE organization_id = ?`).bind(org.id).all();
    expect(rows.results).toEqual([]);
  }
});

it("every change is in the audit trail with names of fields and without values", async () => {
  const { path, admin, viewer } = await organization("Audited");
  const { body } = await call("POST", `${path}/gateways`, admin, { name: "g", clientSecret: "a-client-secret" });
  await call("PATCH", `${path}/gateways/${body.id}`, admin, { resource: "https://api.example.com" });
  const trail = (await call("GET", `${path}/audit`, viewer)).body.items;
  expect(
    trail.slice(0, 2).map(({ action, target, fields }: { action: string; target: string; fields: string[] }) => ({
      action,
      target,
      fields,
    })),
  ).toEqual([
    { action: "gateway.update", target: body.id, fields: ["resource"] },
    { action: "gateway.create", target: body.id, fields: ["name", "clientSecret"] },
  ]);
  expect(trail.at(-1)).toMatchObject({ action: "organization.create", actor: "deployment" });
  expect(trail[0].actor).toMatch(/^tok_/);
});
