// What ends a token that an enterprise's assertion brought, although there is no grant behind it.
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import worker from "../../src/worker/index.ts";
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
const revokeAllOf = (of: Shop, by: "user" | "client", id: string) =>
  api("DELETE", `${base(of)}/gateways/${of.gatewayId}/grants?${by}=${encodeURIComponent(id)}`, of.token);
/** The one whom the provider's assertions name. */
async function userOf(of: Shop): Promise<string> {
  const { items } = await api<{ items: { id: string }[] }>("GET", `${base(of)}/users`, of.token);
  return items[0]?.id ?? "nobody";
}

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
    ["its user is revoked", async (of) => revokeAllOf(of, "user", await userOf(of))],
    ["its client is revoked", (of) => revokeAllOf(of, "client", clientId)],
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

  test.each<["user" | "client", (of: Shop) => string | Promise<string>]>([
    ["user", userOf],
    ["client", () => clientId],
  ])(
    "P-78 all of one %s: a later assertion is good again; another server, and somebody else's end, are apart",
    async (by, named) => {
      const [revoking, other] = [await openEnterprise(idp), await openEnterprise(idp)];
      const [token, elsewhere] = [await tokenOf(revoking, idp), await tokenOf(other, idp)];
      await revokeAllOf(revoking, by, `${await named(revoking)}x`);
      await revokeAllOf(revoking, by === "user" ? "client" : "user", await named(revoking));
      expect((await callTool(revoking, token)).status).toBe(200);
      await revokeAllOf(revoking, by, await named(revoking));
      expect(await (await callTool(revoking, token)).json()).toMatchObject({ reason: "token_revoked" });
      expect((await callTool(other, elsewhere)).status).toBe(200);
      // What is issued in the very second of the revocation cannot be told from what was there before.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect((await callTool(revoking, await tokenOf(revoking, idp))).status).toBe(200);
      expect((await callTool(revoking, token)).status).toBe(401);
    },
  );

  test("P-78 another isolate learns it from the published copy, which forgets it once no token can live", async () => {
    const revoking = await openEnterprise(idp);
    const token = await tokenOf(revoking, idp);
    const elsewhere = () =>
      knock({ ...env }, revoking.resource, { method: "POST", headers: { authorization: `Bearer ${token}` } });
    expect((await elsewhere()).status).not.toBe(401);
    await revokeAllOf(revoking, "client", clientId);
    expect((await elsewhere()).status).toBe(401);
    const select = env.DB.prepare(
      "SELECT party, tokens_expire_at - ended_at AS kept FROM ended_parties WHERE server_id = ?",
    );
    const kept = () => select.bind(revoking.serverId).all();
    expect((await kept()).results).toEqual([{ party: clientId, kept: 3660 }]);
    // Again: one entry, and not one more.
    await revokeAllOf(revoking, "client", clientId);
    expect((await kept()).results).toHaveLength(1);
    await env.DB.prepare("UPDATE ended_parties SET tokens_expire_at = 1 WHERE server_id = ?")
      .bind(revoking.serverId)
      .run();
    await worker.scheduled(createScheduledController(), env);
    expect((await kept()).results).toEqual([]);
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
