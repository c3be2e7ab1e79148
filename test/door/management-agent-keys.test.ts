// Publishable keys through the API: rotation with an overlap, deletion, and what the snapshots hold of them.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { runUpkeep } from "../../src/worker/admin/upkeep.ts";
import { hashOf, iso, linked, org } from "./agents-room.ts";
import { call, stage, upkeepParts } from "./management-room.ts";

const day = 86_400;

beforeEach(() => {
  stage.now = 1_800_000_000;
});

describe("keys", () => {
  it("a rotation answers the new key first; the former works for a day and then leaves the snapshot", async () => {
    const { agent, rotate, read, published, revision } = await linked();
    const [former] = agent.keys;
    const { status, body } = await rotate();
    expect(status).toBe(201);
    const [current] = body.keys;
    const end = stage.now + day;
    expect(body.keys).toEqual([
      { ...current, expiresAt: null },
      { ...former, expiresAt: iso(end) },
    ]);
    expect(current.publishableKey).not.toBe(former.publishableKey);
    const hashes = [
      { hash: await hashOf(former), expiresAt: end },
      { hash: await hashOf(current), expiresAt: null },
    ];
    expect((await published())[0]?.keys).toEqual(expect.arrayContaining(hashes));
    stage.now = end - 1;
    expect((await read()).keys).toHaveLength(2);
    await runUpkeep(upkeepParts);
    expect((await published())[0]?.keys).toHaveLength(2);
    const before = await revision();
    stage.now = end;
    expect((await read()).keys).toEqual([current]);
    expect((await runUpkeep(upkeepParts)).agentKeysCleared).toBe(1);
    expect((await published())[0]?.keys).toEqual([hashes[1]]);
    expect(await revision()).toBeGreaterThan(before);
    const rows = await env.DB.prepare("SELECT id FROM agent_keys WHERE agent_id = ?").bind(agent.id).all();
    expect(rows.results).toEqual([{ id: current.id }]);
    expect((await runUpkeep(upkeepParts)).agentKeysCleared).toBe(0);
  });

  it("an overlap of 0 ends the former at once; a longer one does not lengthen an end that was set", async () => {
    const { rotate, published } = await linked();
    await rotate(60);
    const { keys } = (await rotate(30 * day)).body;
    expect(keys.map((key: { expiresAt: string }) => key.expiresAt)).toEqual([
      null,
      iso(stage.now + 30 * day),
      iso(stage.now + 60),
    ]);
    const only = (await rotate(0)).body.keys;
    expect(only).toHaveLength(1);
    expect((await published())[0]?.keys).toEqual([{ hash: await hashOf(only[0]), expiresAt: null }]);
  });

  it.each([-1, 1.5, 30 * day + 1, "86400"])("an overlap of %j is 422", async (overlapSeconds) => {
    const { path } = await linked();
    const answer = await call("POST", `${path}/keys`, org.admin, { overlapSeconds });
    expect([answer.status, answer.body.error.field]).toEqual([422, "overlapSeconds"]);
  });

  it("ten may work at a time, which bounds the snapshot", async () => {
    const { rotate } = await linked();
    for (let i = 0; i < 9; i++) expect((await rotate()).status).toBe(201);
    const refused = await rotate();
    expect([refused.status, refused.body.error.code]).toEqual([409, "too_many_keys"]);
    expect((await rotate(0)).body.keys).toHaveLength(1);
  });

  it("a former key is deleted at once, the current one is not: an agent is never left without", async () => {
    const { agent, path, rotate, read, published } = await linked();
    const current = (await rotate()).body.keys[0];
    const remove = (id: string) => call("DELETE", `${path}/keys/${id}`, org.admin);
    const refused = await remove(current.id);
    expect([refused.status, refused.body.error.code]).toEqual([409, "last_key"]);
    expect((await remove(agent.keys[0].id)).status).toBe(204);
    expect((await read()).keys).toEqual([current]);
    expect((await published())[0]?.keys).toEqual([{ hash: await hashOf(current), expiresAt: null }]);
    expect((await remove(agent.keys[0].id)).status).toBe(404);
    expect((await remove(current.id)).body.error.code).toBe("last_key");
    const stranger = await linked();
    await stranger.rotate();
    expect((await remove(stranger.agent.keys[0].id)).status).toBe(404);
  });

  it("two rotations at the same moment leave one current key", async () => {
    const { rotate, read } = await linked();
    await Promise.all([rotate(), rotate()]);
    const { keys } = await read();
    expect(keys).toHaveLength(3);
    expect(keys.filter((key: { expiresAt: string | null }) => key.expiresAt === null)).toEqual([keys[0]]);
  });
});
