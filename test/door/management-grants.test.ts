// Grants through the API: listed, found by filters, and taken back at once, at the provider too.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { finishRevocations } from "../../src/worker/admin/revocation.ts";
import { call, connected, copyOf, people, stage, upkeepParts } from "./management-room.ts";

beforeEach(() => {
  stage.provider = "revoked";
  stage.told = [];
});

const told = () => stage.told.map(({ grantId }) => grantId).toSorted();

describe("listing", () => {
  it("names person, client and scopes, newest first, and filters", async () => {
    const { org, grantsPath, server, grant } = await connected("listed");
    const first = await grant("usr_first", "client-a");
    stage.now += 10;
    const second = await grant("usr_second", "client-b");
    const ids = async (query: string) =>
      (await call("GET", grantsPath + query, org.viewer)).body.items.map((item: { id: string }) => item.id);
    expect(await ids("")).toEqual([second, first]);
    expect(await ids("?user=usr_first")).toEqual([first]);
    expect(await ids("?client=client-b")).toEqual([second]);
    expect(await ids("?server=listed&pageSize=1&page=2")).toEqual([first]);
    expect(await ids(`?server=${server.id}&user=usr_nobody`)).toEqual([]);
    expect((await call("GET", `${grantsPath}?server=unknown`, org.viewer)).status).toBe(404);
    const [shown] = (await call("GET", grantsPath, org.viewer)).body.items;
    expect(shown).toMatchObject({
      email: "usr_second@example.com",
      clientName: "Client",
      scopes: ["tickets.read"],
      revoking: false,
    });
  });

  it("the same grant recorded twice is one row, one user, and both doors are one person", async () => {
    const { org, grantsPath, gateway, server, grant } = await connected("same-user");
    await grant("usr_same");
    await people.record({
      ...{
        grantId: "grt_embedded",
        organizationId: org.id,
        gatewayId: gateway.id,
        serverId: server.id,
        clientId: "ag_x",
      },
      ...{ clientName: "Agent", channel: "embedded", scope: [], expiresAt: stage.now + 60, now: stage.now + 5 },
      identity: {
        userId: "usr_same",
        issuer: "https://auth.example.com",
        subject: "usr_same",
        workspace: "w",
        email: null,
      },
    });
    const users = await call("GET", `${org.path}/users`, org.viewer);
    expect(users.body.items).toMatchObject([
      { id: "usr_same", email: "usr_same@example.com", channels: ["oauth", "embedded"] },
    ]);
    expect((await call("GET", grantsPath, org.viewer)).body.total).toBe(2);
  });
});

describe("revoking", () => {
  it("one grant is 204; its id is in the snapshot, its object and the provider are told, the row is gone", async () => {
    const { org, gateway, grantsPath, grant } = await connected("revoke-one");
    const [mine, kept] = [await grant(), await grant()];
    const before = await copyOf("revoke-one");
    expect((await call("DELETE", `${grantsPath}/${mine}`, org.admin)).status).toBe(204);
    expect(stage.told).toEqual([{ grantId: mine, reason: "grant_revoked", profile: gateway.id }]);
    expect(await copyOf("revoke-one")).toMatchObject({ endedGrants: [mine], epoch: before?.epoch });
    const left = (await call("GET", grantsPath, org.viewer)).body.items;
    expect(left.map((item: { id: string }) => item.id)).toEqual([kept]);
    expect((await call("DELETE", `${grantsPath}/${mine}`, org.admin)).status).toBe(404);
  });

  it.each([
    ["user", "usr_one"],
    ["client", "client-one"],
  ])("by %s ends those and no others, and says what the provider answered", async (by, value) => {
    const { org, grantsPath, grant } = await connected(`revoke-by-${by}`);
    const mine = [await grant("usr_one", "client-one"), await grant("usr_one", "client-one")].toSorted();
    await grant("usr_two", "client-two");
    stage.provider = "unsupported";
    const { status, body } = await call("DELETE", `${grantsPath}?${by}=${value}`, org.admin);
    expect([status, body.revoked, body.pending, body.provider.unsupported]).toEqual([200, 2, 0, 2]);
    expect(told()).toEqual(mine);
    expect((await call("GET", grantsPath, org.viewer)).body.total).toBe(1);
    const copy = await copyOf(`revoke-by-${by}`);
    expect(copy?.endedGrants.toSorted()).toEqual(mine);
    // Nobody can hold a token without a grant here, so that nothing more is published.
    expect(copy?.endedParties).toEqual([]);
  });

  it.each(["", "?all=false", "?user=usr_one&client=client-one", "?usr=usr_one"])(
    "without one clear selection (%s) nothing ends",
    async (query) => {
      const { org, grantsPath, grant } = await connected(
        `unclear-${encodeURIComponent(query).replaceAll(/\W/g, "").toLowerCase().replaceAll("_", "")}x`,
      );
      await grant();
      expect((await call("DELETE", grantsPath + query, org.admin)).status).toBe(422);
      expect(stage.told).toEqual([]);
    },
  );

  it("all raises the epoch instead of listing ids; a request tells 100, the schedule the rest", async () => {
    const { org, grantsPath, grant, gateway } = await connected("revoke-all");
    for (let i = 0; i < 103; i++) await grant(`usr_${i}`);
    const before = await copyOf("revoke-all");
    const { body } = await call("DELETE", `${grantsPath}?all=true`, org.admin);
    expect(body).toMatchObject({ revoked: 100, pending: 3, provider: { revoked: 100 } });
    expect(await copyOf("revoke-all")).toMatchObject({ epoch: (before?.epoch ?? 0) + 1, endedGrants: [] });
    const waiting = (await call("GET", grantsPath, org.viewer)).body.items;
    expect(waiting.map((item: { revoking: boolean }) => item.revoking)).toEqual([true, true, true]);
    expect(await finishRevocations(upkeepParts, { gatewayId: gateway.id })).toMatchObject({ revoked: 3, pending: 0 });
    expect(new Set(told()).size).toBe(103);
    expect((await call("GET", grantsPath, org.viewer)).body.total).toBe(0);
  });

  it("an object that does not answer stays marked and is told later", async () => {
    const { org, grantsPath, grant, gateway } = await connected("object-away");
    const grantId = await grant();
    stage.provider = new Error("away");
    expect((await call("DELETE", `${grantsPath}?all=true`, org.admin)).body).toMatchObject({ revoked: 0, pending: 1 });
    const path = `${org.path}/gateways/${gateway.id}`;
    await call("DELETE", `${org.path}/mcp-servers/object-away/gateway`, org.admin);
    expect((await call("DELETE", path, org.admin)).body.error.code).toBe("revocation_pending");
    stage.provider = "revoked";
    expect((await call("DELETE", path, org.admin)).status).toBe(204);
    expect(stage.told).toEqual([{ grantId, reason: "grant_revoked", profile: gateway.id }]);
  });
});

describe("a grant that ends by itself", () => {
  it("leaves the index and is published while a token of it may live; repeating changes nothing", async () => {
    const { org, grantsPath, server, grant } = await connected("ended");
    const grantId = await grant();
    const entry = { grantId, serverId: server.id, slug: "ended", tokensExpireAt: stage.now + 3600 };
    await people.ended(entry, stage.now);
    const copy = await copyOf("ended");
    expect(copy?.endedGrants).toEqual([grantId]);
    await people.ended(entry, stage.now);
    expect((await copyOf("ended"))?.revision).toBe(copy?.revision);
    expect((await call("GET", grantsPath, org.viewer)).body.total).toBe(0);
  });

  it("is not published when no token of it lives any more", async () => {
    const { server, grant } = await connected("ended-late");
    const grantId = await grant();
    const before = await copyOf("ended-late");
    await people.ended({ grantId, serverId: server.id, slug: "ended-late", tokensExpireAt: stage.now }, stage.now);
    expect(await copyOf("ended-late")).toEqual(before);
    expect((await env.DB.prepare("SELECT * FROM grants WHERE id = ?").bind(grantId).all()).results).toEqual([]);
  });

  it("the first person to sign in pins the profile's issuer, and only the first", async () => {
    stage.issuer = new Error("away");
    const { grant, gateway, org } = await connected("pinned");
    stage.issuer = "https://auth.example.com";
    expect((await copyOf("pinned"))?.gateway?.pinnedIssuer).toBeNull();
    await grant();
    const copy = await copyOf("pinned");
    expect(copy?.gateway?.pinnedIssuer).toBe("https://auth.example.com");
    await grant("usr_two");
    expect((await copyOf("pinned"))?.revision).toBe(copy?.revision);
    const read = await call("GET", `${org.path}/gateways/${gateway.id}`, org.viewer);
    expect(read.body.pinnedIssuer).toBe("https://auth.example.com");
  });
});
