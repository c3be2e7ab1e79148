// From D1 to KV to the isolate: what is published when, what repairs a failed write, how old a copy may be served.
import { env } from "cloudflare:workers";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { beforeEach, describe, expect, it } from "vitest";
import { repairSnapshots } from "../../src/worker/admin/upkeep.ts";
import * as schema from "../../src/worker/store/d1/schema.ts";
import { createSnapshots } from "../../src/worker/store/snapshot/index.ts";
import {
  call,
  connected,
  copyOf,
  newServer,
  organization,
  settled,
  snapshotParts,
  stage,
  upkeepParts,
} from "./management-room.ts";

const org = await organization();
let number = 0;

beforeEach(() => {
  stage.kvFails = false;
  stage.d1Fails = false;
  stage.provider = "revoked";
});

/** A new server, and an isolate that has not seen it yet. */
async function isolate() {
  number += 1;
  const slug = `isolate-${number}`;
  await call("POST", `${org.path}/mcp-servers`, org.admin, newServer(slug));
  const { reader } = createSnapshots(snapshotParts);
  const rename = (name: string) => call("PATCH", `${org.path}/mcp-servers/${slug}`, org.admin, { name });
  const nameOf = async () => (await reader.bySlug(slug))?.name;
  return { slug, reader, rename, nameOf };
}

describe("the tables", () => {
  const tables = Object.values<SQLiteTable>(schema).map((table) => getTableConfig(table));

  it.each(tables.map((table) => ({ name: table.name, table })))(
    "$name has the columns that the code names",
    async ({ table }) => {
      const { results } = await env.DB.prepare(`PRAGMA table_info(${table.name})`).all<{
        name: string;
        notnull: number;
        type: string;
        pk: number;
      }>();
      const real = results.map(({ name, notnull, type }) => ({ name, notNull: notnull === 1, type }));
      const named = table.columns.map((column) => ({
        name: column.name,
        notNull: column.notNull,
        type: column.getSQLType().toUpperCase(),
      }));
      expect(named).toEqual(real);
      const keyed = [
        ...table.columns.filter((column) => column.primary),
        ...table.primaryKeys.flatMap((key) => key.columns),
      ];
      expect(keyed.map((column) => column.name).toSorted()).toEqual(
        results
          .filter(({ pk }) => pk > 0)
          .map(({ name }) => name)
          .toSorted(),
      );
    },
  );

  it("no table was made that the code does not name", async () => {
    const { results } = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{
      name: string;
    }>();
    const own = results.map(({ name }) => name).filter((name) => !/^(?:sqlite_|_cf_|d1_)/.test(name));
    expect(own.toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
  });
});

describe("publishing", () => {
  it("each change is in KV when it is answered, with a higher revision", async () => {
    const { slug, rename } = await isolate();
    const first = await copyOf(slug);
    expect(first).toMatchObject({
      v: 3,
      slug,
      name: "Support API",
      runtimeUrl: "https://runtime.example.org/mcp",
      gateway: null,
    });
    await rename("Renamed");
    const second = await copyOf(slug);
    expect(second).toMatchObject({ name: "Renamed", revision: (first?.revision ?? 0) + 1, epoch: first?.epoch });
    expect(second?.signingKey.privateJwkSealed).toMatch(/^sealed-/);
  });

  it("a write that fails leaves the change, and the schedule repairs the copy", async () => {
    const { slug, rename } = await isolate();
    stage.kvFails = true;
    expect((await rename("Behind")).status).toBe(200);
    stage.kvFails = false;
    expect((await copyOf(slug))?.name).toBe("Support API");
    expect(await repairSnapshots(upkeepParts)).toEqual({ written: 1, failed: 0 });
    expect((await copyOf(slug))?.name).toBe("Behind");
    expect(await repairSnapshots(upkeepParts)).toEqual({ written: 0, failed: 0 });
  });

  it("a deleted server's copy that could not be removed is removed by the schedule", async () => {
    const { slug } = await isolate();
    stage.kvFails = true;
    expect((await call("DELETE", `${org.path}/mcp-servers/${slug}`, org.admin)).status).toBe(204);
    stage.kvFails = false;
    expect(await copyOf(slug)).not.toBeNull();
    await repairSnapshots(upkeepParts);
    expect(await copyOf(slug)).toBeNull();
  });
});

describe("reading", () => {
  it("up to 10 s old is served without a storage call", async () => {
    const { nameOf, rename } = await isolate();
    await nameOf();
    await rename("New");
    const reads = stage.kvReads;
    stage.now += 10;
    stage.d1Fails = true;
    expect(await nameOf()).toBe("Support API");
    expect(stage.kvReads).toBe(reads);
  });

  it("10 to 30 s old is served and refreshed in the background, by one request", async () => {
    const { nameOf, rename } = await isolate();
    await nameOf();
    await rename("New");
    stage.now += 11;
    const reads = stage.kvReads;
    expect(await nameOf()).toBe("Support API");
    expect(await nameOf()).toBe("Support API");
    await settled();
    expect(stage.kvReads).toBe(reads + 1);
    expect(await nameOf()).toBe("New");
  });

  it("older is read from KV before it is served", async () => {
    const { nameOf, rename } = await isolate();
    await nameOf();
    await rename("New");
    stage.now += 31;
    stage.d1Fails = true;
    expect(await nameOf()).toBe("New");
  });

  it("what is missing in KV comes from D1 and is written again", async () => {
    const { slug, nameOf } = await isolate();
    await env.COPIES.delete(`server:${slug}`);
    expect(await nameOf()).toBe("Support API");
    await settled();
    expect((await copyOf(slug))?.name).toBe("Support API");
  });

  it("a copy of another version is built anew", async () => {
    const { slug, nameOf } = await isolate();
    await env.COPIES.put(`server:${slug}`, JSON.stringify({ ...(await copyOf(slug)), v: 0, name: "Old shape" }));
    expect(await nameOf()).toBe("Support API");
  });

  it("when nothing answers memory serves for 10 minutes, then it is 503", async () => {
    const { nameOf } = await isolate();
    await nameOf();
    stage.kvFails = true;
    stage.d1Fails = true;
    stage.now += 600;
    expect(await nameOf()).toBe("Support API");
    stage.now += 1;
    await expect(nameOf()).rejects.toMatchObject({
      status: 503,
      error: "temporarily_unavailable",
      reason: "storage_unavailable",
    });
  });

  it("a token of a newer epoch than the copy's makes it ask D1, once", async () => {
    const { org, server } = await connected("epochs");
    const { reader } = createSnapshots(snapshotParts);
    const before = await reader.bySlug("epochs");
    await call("DELETE", `${org.path}/mcp-servers/${server.id}/gateway`, org.admin);
    expect((await reader.bySlug("epochs"))?.epoch).toBe(before?.epoch);
    const least = { epoch: (before?.epoch ?? 0) + 1 };
    expect((await reader.bySlug("epochs", least))?.epoch).toBe(least.epoch);
    stage.d1Fails = true;
    expect((await reader.bySlug("epochs", { epoch: 999 }))?.epoch).toBe(least.epoch);
  });

  it("an unknown slug is remembered for 10 s; a slug that cannot be is never looked up", async () => {
    const { reader } = createSnapshots(snapshotParts);
    expect(await reader.bySlug("comes-later")).toBeNull();
    const reads = stage.kvReads;
    stage.now += 10;
    expect(await reader.bySlug("comes-later")).toBeNull();
    expect(await reader.bySlug("../x")).toBeNull();
    expect(stage.kvReads).toBe(reads);
    await call("POST", `${org.path}/mcp-servers`, org.admin, newServer("comes-later"));
    stage.now += 1;
    expect((await reader.bySlug("comes-later"))?.slug).toBe("comes-later");
  });

  it("after a change made here the next request reads D1, and an older copy does not come back", async () => {
    const { slug, reader, nameOf, rename } = await isolate();
    const old = await copyOf(slug);
    await nameOf();
    await rename("New");
    await env.COPIES.put(`server:${slug}`, JSON.stringify(old));
    reader.forget(slug);
    expect(await nameOf()).toBe("New");
    stage.now += 31;
    expect(await nameOf()).toBe("New");
  });

  it("a grant that ended here is known here at once", async () => {
    const { slug, reader, nameOf } = await isolate();
    await nameOf();
    reader.noteEnded(slug, "grt_ended");
    expect((await reader.bySlug(slug))?.endedGrants).toEqual(["grt_ended"]);
    stage.now += 31;
    expect((await reader.bySlug(slug))?.endedGrants).toEqual(["grt_ended"]);
  });
});
