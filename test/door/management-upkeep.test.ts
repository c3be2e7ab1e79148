// The scheduled work: keys change in time, unused registrations and ended grants go, one run does everything.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  publicKeySet,
  reapClients,
  repairSnapshots,
  rotateSigningKeys,
  runUpkeep,
} from "../../src/worker/admin/upkeep.ts";
import {
  call,
  clients,
  connected,
  copyOf,
  keys,
  newServer,
  organization,
  stage,
  upkeepParts,
} from "./management-room.ts";

const day = 86_400;
const org = await organization();
await call("POST", `${org.path}/mcp-servers`, org.admin, newServer("kept"));

describe("the scheduled work", () => {
  it("a key is published a day before it signs and a week after it no longer does", async () => {
    const kids = async () => publicKeySet(await keys.published()).keys.map((key) => Object(key).kid);
    const active = async () => (await keys.active(stage.now))?.kid;
    const [first] = await kids();
    const slug = "kept";
    const rotate = async (seconds: number) => {
      stage.now += seconds;
      await rotateSigningKeys(upkeepParts);
      return { kids: await kids(), active: await active() };
    };
    const before = await rotate(25 * day);
    expect(before).toEqual({ kids: [first], active: first });
    const ahead = await rotate(4 * day);
    expect(ahead).toMatchObject({ active: first, kids: [first, expect.any(String)] });
    const next = ahead.kids[1];
    expect((await rotate(day - 60)).active).toBe(first);
    expect(await rotate(2 * day)).toEqual({ kids: [first, next], active: next });
    expect((await copyOf(slug))?.signingKey.kid).toBe(first);
    await repairSnapshots(upkeepParts);
    expect((await copyOf(slug))?.signingKey.kid).toBe(next);
    expect((await rotate(8 * day)).kids).toEqual([next]);
    const kept = await env.DB.prepare("SELECT private_jwk_sealed FROM signing_keys WHERE kid = ?").bind(first).first();
    expect(kept).toEqual({ private_jwk_sealed: "" });
  });

  it("a clock that runs behind the only key's time leaves no server without a key", async () => {
    stage.now -= 400 * day;
    await call("PATCH", `${org.path}/mcp-servers/kept`, org.admin, { name: "Early" });
    stage.now += 400 * day;
    expect((await copyOf("kept"))?.name).toBe("Early");
  });

  it("a registered client unused for 90 days goes, one with a grant or a use stays", async () => {
    const { server, grant } = await connected("reaping");
    const client = (id: string) => ({
      ...{ id, serverId: server.id, name: id, redirectUris: ["https://a.example/cb"] },
      ...{ secretHash: null, metadata: { client_name: id }, createdAt: stage.now },
    });
    for (const id of ["unused", "granted", "again"]) await clients.register(client(id));
    await grant("usr_one", "granted");
    stage.now += 89 * day;
    await reapClients(upkeepParts);
    const again = await clients.register(client("again"));
    expect(again?.createdAt).toBe(stage.now - 89 * day);
    stage.now += 2 * day;
    expect(await reapClients(upkeepParts)).toBe(1);
    const left = await Promise.all(["unused", "granted", "again"].map((id) => clients.find(server.id, id)));
    expect(left.map((found) => found?.id)).toEqual([undefined, "granted", "again"]);
  });

  it("one run does everything, and ended grants leave the snapshot when their tokens have expired", async () => {
    const { org, server, grant, grantsPath } = await connected("one-run");
    const grantId = await grant();
    await call("DELETE", `${grantsPath}/${grantId}`, org.admin);
    await runUpkeep(upkeepParts);
    expect(
      (await env.DB.prepare("SELECT * FROM ended_grants WHERE server_id = ?").bind(server.id).all()).results,
    ).toHaveLength(1);
    stage.now += 2 * 3600;
    expect((await runUpkeep(upkeepParts)).rowsPruned).toBeGreaterThan(0);
    expect(
      (await env.DB.prepare("SELECT * FROM ended_grants WHERE server_id = ?").bind(server.id).all()).results,
    ).toEqual([]);
  });
});
