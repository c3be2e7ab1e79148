// What ends a token that an enterprise's assertion brought, although there is no grant behind it.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import {
  callTool,
  changeProfile,
  clientId,
  clientSecret,
  IdentityProvider,
  openEnterprise,
  preregistered,
  present,
  tokenOf,
  told,
} from "./enterprise-visit.ts";
import { api, Client, fetchUrl, type Shop } from "./journey.ts";
import { knock } from "./knock.ts";

let idp: IdentityProvider;

beforeAll(async () => {
  idp = await IdentityProvider.open();
});

const base = (of: Shop) => `/organizations/${of.organizationId}`;

describe("what ends it", () => {
  test.each<[string, (of: Shop) => Promise<unknown>]>([
    [
      "its issuer is off the list",
      (of) => changeProfile(of, { enterpriseIssuers: [{ issuer: "https://other.example" }] }),
    ],
    ["the list is empty", (of) => changeProfile(of, { enterpriseIssuers: [] })],
    [
      "its issuer is for tenants now",
      (of) => changeProfile(of, { enterpriseIssuers: [{ issuer: idp.issuer, tenants: ["x"] }] }),
    ],
    ["everything is revoked", (of) => api("DELETE", `${base(of)}/gateways/${of.gatewayId}/grants?all=true`, of.token)],
    ["the profile is detached", (of) => api("DELETE", `${base(of)}/mcp-servers/${of.slug}/gateway`, of.token)],
    ["lifetimes get shorter", (of) => changeProfile(of, { accessTokenTtl: 60 })],
  ])("%s", async (_, end) => {
    const ending = await openEnterprise(idp);
    const token = await tokenOf(ending, idp);
    expect((await callTool(ending, token)).status).toBe(200);
    await end(ending);
    const refused = await callTool(ending, token);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: "invalid_token" });
  });

  test("its client revokes it, and nobody else", async () => {
    const revoking = await openEnterprise(idp);
    const [token, other] = [await tokenOf(revoking, idp), await tokenOf(revoking, idp)];
    const revoke = (parameters: Record<string, string>) =>
      fetchUrl(`${revoking.endpoints}/revoke`, { method: "POST", body: new URLSearchParams({ token, ...parameters }) });
    const stranger = await new Client(revoking).register();
    expect((await revoke({ client_id: stranger.clientId })).status).toBe(200);
    expect((await revoke({ client_id: clientId, client_secret: "a-wrong-secret-of-some-length" })).status).toBe(401);
    expect((await callTool(revoking, token)).status).toBe(200);
    expect((await revoke({ client_id: clientId, client_secret: clientSecret })).status).toBe(200);
    expect((await callTool(revoking, token)).status).toBe(401);
    expect((await callTool(revoking, other)).status).toBe(200);
    const elsewhere = await knock({ ...env }, revoking.resource, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(elsewhere.status).toBe(401);
  });

  test("a client that is no longer registered gets no further token", async () => {
    const gone = await openEnterprise(idp);
    await tokenOf(gone, idp);
    await changeProfile(gone, { clientPolicy: { preregistered: [{ ...preregistered, clientId: "another" }] } });
    const refused = await told(await present(gone, await idp.idJag(gone)));
    expect(refused).toMatchObject({ status: 401, error: "invalid_client", reason: "client_unknown" });
  });
});
