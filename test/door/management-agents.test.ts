// Agents through the API: origins and links; and that every change reaches the snapshots of the servers they use.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { reasons } from "../../src/contract/events.ts";
import { runUpkeep } from "../../src/worker/admin/upkeep.ts";
import { agentStore } from "../../src/worker/store/d1/agents.ts";
import { agents, hashOf, iso, linked, newServerOf, org } from "./agents-room.ts";
import { call, copyOf, db, newServer, organization, stage, upkeepParts } from "./management-room.ts";

const other = await organization("Other");

beforeEach(() => {
  stage.kvFails = false;
  stage.now = 1_800_000_000;
});

describe("creating", () => {
  it("is one call: key, origins and links, in the answer and in the server's snapshot as a hash", async () => {
    const { id, slug, name } = await newServerOf();
    const { status, body } = await call("POST", agents, org.admin, {
      name: "Support",
      allowedOrigins: ["https://App.example.com", "https://app.example.com", "https://*.preview.example.com"],
      servers: [slug, id],
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^ag_/),
      organizationId: org.id,
      name: "Support",
      handle: "ag_support",
      allowedOrigins: ["https://app.example.com", "https://*.preview.example.com"],
      keys: [
        {
          id: expect.stringMatching(/^key_/),
          publishableKey: expect.stringMatching(/^mcpstack_pk_[\w-]{43}$/),
          createdAt: iso(stage.now),
          expiresAt: null,
        },
      ],
      servers: [{ id, slug, name }],
      createdAt: iso(stage.now),
      updatedAt: iso(stage.now),
    });
    const copy = await copyOf(slug);
    expect(copy?.agents).toEqual([
      {
        id: body.id,
        handle: "ag_support",
        name: "Support",
        keys: [{ hash: await hashOf(body.keys[0]), expiresAt: null }],
        allowedOrigins: body.allowedOrigins,
      },
    ]);
    expect(JSON.stringify(copy)).not.toContain("mcpstack_pk_");
  });

  it("without servers links none, and the agent is listed and read like any other", async () => {
    const { body } = await call("POST", agents, org.admin, { name: "Alone", allowedOrigins: [] });
    expect(body.servers).toEqual([]);
    const listed = (await call("GET", `${agents}?pageSize=200`, org.viewer)).body;
    expect(listed.items).toContainEqual(body);
    expect(listed.items.find((agent: { name: string }) => agent.name === "Support").keys).toHaveLength(1);
    expect((await call("GET", `${agents}/${body.id}`, org.viewer)).body).toEqual(body);
  });

  it.each([
    [{ name: "x" }, "allowedOrigins", "is required"],
    [{ name: "", allowedOrigins: [] }, "name", "empty"],
    [{ name: "x", allowedOrigins: [], origins: [] }, "origins", "allowedOrigins"],
    [{ name: "x", allowedOrigins: ["https://a.example", "https://a.example/"] }, "allowedOrigins.1", "trailing slash"],
    [{ name: "x", allowedOrigins: ["*"] }, "allowedOrigins.0", "every web page"],
    [{ name: "x", allowedOrigins: ["http://app.example.com"] }, "allowedOrigins.0", "must be https"],
  ])("%j is 422 naming %s", async (body, field, words) => {
    const answer = await call("POST", agents, org.admin, body);
    expect([answer.status, answer.body.error.field]).toEqual([422, field]);
    expect(answer.body.error.message).toContain(words);
  });

  it("with an unknown server, or another organization's, is 404 naming the item and creates nothing", async () => {
    const { slug } = await newServerOf(other);
    const own = await newServerOf();
    const before = (await call("GET", agents, org.viewer)).body.total;
    for (const reference of [slug, "nothing-here"]) {
      const body = { name: "x", allowedOrigins: [], servers: [own.slug, reference] };
      const answer = await call("POST", agents, org.admin, body);
      expect([answer.status, answer.body.error.field]).toEqual([404, "servers.1"]);
    }
    expect((await call("GET", agents, org.viewer)).body.total).toBe(before);
    expect((await copyOf(own.slug))?.agents).toEqual([]);
  });
});

describe("an agent is called by", () => {
  it("its id, its exact name or its handle; two of one name are a 409 that asks for the id", async () => {
    const make = () => call("POST", agents, org.admin, { name: "Sales Desk Agent", allowedOrigins: [] });
    const { body } = await make();
    for (const reference of [body.id, "Sales%20Desk%20Agent", "ag_sales_desk"]) {
      expect((await call("GET", `${agents}/${reference}`, org.viewer)).body).toEqual(body);
    }
    const second = (await make()).body;
    for (const reference of ["Sales%20Desk%20Agent", "ag_sales_desk"]) {
      const answer = await call("GET", `${agents}/${reference}`, org.viewer);
      expect([answer.status, answer.body.error.code]).toEqual([409, "name_ambiguous"]);
    }
    const renamed = await call("PATCH", `${agents}/${second.id}`, org.admin, { name: "Sales Floor" });
    expect(renamed.body).toMatchObject({ name: "Sales Floor", handle: "ag_sales_floor" });
    expect((await call("GET", `${agents}/ag_sales_desk`, org.viewer)).body.id).toBe(body.id);
    expect((await call("GET", `${agents}/ag_sales_floor`, org.viewer)).body.id).toBe(second.id);
  });
});

describe("changing", () => {
  it("origins and name reaches every linked server with a higher revision; what was not sent stays", async () => {
    const { agent, path, slug, revision, published } = await linked();
    const second = (await newServerOf()).slug;
    await call("PUT", `${path}/mcp-servers/${second}`, org.admin);
    const before = await revision();
    stage.now += 60;
    const { body } = await call("PATCH", path, org.admin, { allowedOrigins: ["http://LOCALHOST:5173"] });
    const allowedOrigins = ["http://localhost:5173"];
    expect(body).toMatchObject({ name: agent.name, allowedOrigins, keys: agent.keys, updatedAt: iso(stage.now) });
    for (const name of [slug, second]) expect((await copyOf(name))?.agents).toMatchObject([{ allowedOrigins }]);
    expect(await revision()).toBe(before + 1);
    await call("PATCH", path, org.admin, { name: "Renamed once" });
    expect(await published()).toMatchObject([{ name: "Renamed once", handle: "ag_renamed_once", allowedOrigins }]);
  });

  it("nothing writes nothing, and a refused origin changes nothing", async () => {
    const { path, read, revision } = await linked();
    const before = { read: await read(), revision: await revision() };
    expect((await call("PATCH", path, org.admin, {})).status).toBe(200);
    const refused = await call("PATCH", path, org.admin, { name: "no", allowedOrigins: ["null"] });
    expect([refused.status, refused.body.error.field]).toEqual([422, "allowedOrigins.0"]);
    expect({ read: await read(), revision: await revision() }).toEqual(before);
  });

  it("while KV is away is repaired by the schedule", async () => {
    const { path, published } = await linked();
    stage.kvFails = true;
    expect((await call("PATCH", path, org.admin, { allowedOrigins: [] })).status).toBe(200);
    stage.kvFails = false;
    expect(await published()).toMatchObject([{ allowedOrigins: ["https://app.example.com"] }]);
    await runUpkeep(upkeepParts);
    expect(await published()).toMatchObject([{ allowedOrigins: [] }]);
  });

  it("deleting takes the agent, its keys and links away, and from the snapshots", async () => {
    const { agent, path, revision, published } = await linked();
    const before = await revision();
    expect((await call("DELETE", path, org.admin)).status).toBe(204);
    expect([await published(), await revision()]).toEqual([[], before + 1]);
    expect((await call("GET", path, org.viewer)).status).toBe(404);
    expect((await call("DELETE", path, org.admin)).status).toBe(404);
    for (const table of ["agent_keys", "agent_servers"]) {
      const rows = await env.DB.prepare(`SELECT * FROM ${table} WHERE agent_id = ?`).bind(agent.id).all();
      expect(rows.results).toEqual([]);
    }
  });
});

describe("links", () => {
  it("PUT and DELETE may be repeated; only the first one changes anything", async () => {
    const { agent, path, read } = await linked();
    const { slug, id } = await newServerOf();
    const link = `${path}/mcp-servers/${slug}`;
    const first = await call("PUT", link, org.admin);
    expect(first.status).toBe(200);
    expect(first.body.servers.map((entry: { slug: string }) => entry.slug)).toContain(slug);
    const copy = await copyOf(slug);
    expect(copy?.agents).toMatchObject([{ id: agent.id }]);
    const again = await call("PUT", `${path}/mcp-servers/${id}`, org.admin);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await copyOf(slug)).toEqual(copy);
    for (let i = 0; i < 2; i++) expect((await call("DELETE", link, org.admin)).status).toBe(204);
    expect(await copyOf(slug)).toMatchObject({ agents: [], revision: (copy?.revision ?? 0) + 1 });
    expect((await read()).servers).toHaveLength(1);
  });

  it("several agents of one server are all published, each with its own keys", async () => {
    const { agent, slug, rotate, published } = await linked();
    const second = (await call("POST", agents, org.admin, { name: "Second", allowedOrigins: [], servers: [slug] }))
      .body;
    await rotate();
    const copies = await published();
    expect(copies.map(({ id, keys }) => [id, keys.length]).toSorted()).toEqual(
      [
        [agent.id, 2],
        [second.id, 1],
      ].toSorted(),
    );
  });

  it("to a server of another organization are 404, and so is another organization's agent", async () => {
    const { path, agent } = await linked();
    const foreign = await newServerOf(other);
    for (const reference of [foreign.id, foreign.slug]) {
      expect((await call("PUT", `${path}/mcp-servers/${reference}`, org.admin)).status).toBe(404);
      expect((await call("DELETE", `${path}/mcp-servers/${reference}`, org.admin)).status).toBe(404);
    }
    const theirs = `${other.path}/agents/${agent.id}`;
    for (const [method, at, body] of [
      ["GET", theirs],
      ["PATCH", theirs, { name: "stolen" }],
      ["DELETE", theirs],
      ["PUT", `${theirs}/mcp-servers/${foreign.slug}`],
      ["DELETE", `${theirs}/mcp-servers/${foreign.slug}`],
      ["POST", `${theirs}/keys`, {}],
      ["DELETE", `${theirs}/keys/${agent.keys[0].id}`],
      ["GET", `${other.path}/agents/${encodeURIComponent(agent.name)}`],
      ["GET", `${other.path}/agents/${agent.handle}`],
    ] as const) {
      expect((await call(method, at, other.admin, body)).body.error.code).toBe("not_found");
    }
    expect((await copyOf(foreign.slug))?.agents).toEqual([]);
  });

  it("go with a deleted server, and a new server of its slug has none", async () => {
    const { slug, read, published } = await linked();
    await call("DELETE", `${org.path}/mcp-servers/${slug}`, org.admin);
    expect((await read()).servers).toEqual([]);
    await call("POST", `${org.path}/mcp-servers`, org.admin, newServer(slug));
    expect(await published()).toEqual([]);
  });
});

it("an agent that is deleted while it is being linked or rotated leaves no trace of either", async () => {
  const { agent, path, slug, revision } = await linked();
  const { id } = await newServerOf();
  await call("DELETE", path, org.admin);
  const store = agentStore(db);
  const { total } = (await call("GET", `${org.path}/audit`, org.viewer)).body;
  const entry = { id: "aud_late0000", organizationId: org.id, at: stage.now, actor: "tok_x", action: "a", target: "t" };
  const audit = { ...entry, fields: [] };
  const before = await revision();
  const key = { id: "key_late0000", agentId: agent.id, publishableKey: "mcpstack_pk_late", keyHash: "h", createdAt: 0 };
  expect(await store.link(agent.id, id, audit)).toBeNull();
  expect(await store.rotate(key, stage.now, audit)).toBeNull();
  expect((await call("GET", `${org.path}/audit`, org.viewer)).body.total).toBe(total);
  expect([await revision(), (await copyOf(slug))?.agents]).toEqual([before, []]);
});

it("every change is in the audit trail, with the agent and what it was changed for", async () => {
  const { agent, path, rotate } = await linked();
  const { id, slug } = await newServerOf();
  await call("PATCH", path, org.admin, { allowedOrigins: [] });
  await call("PUT", `${path}/mcp-servers/${slug}`, org.admin);
  await call("PUT", `${path}/mcp-servers/${slug}`, org.admin);
  await call("DELETE", `${path}/mcp-servers/${slug}`, org.admin);
  const [current, former] = (await rotate(60)).body.keys;
  await call("DELETE", `${path}/keys/${former.id}`, org.admin);
  await call("DELETE", path, org.admin);
  const { items } = (await call("GET", `${org.path}/audit?pageSize=200`, org.viewer)).body;
  const mine = items
    .filter((entry: { target: string }) => entry.target.startsWith(agent.id))
    .map(({ action, target, fields }: { action: string; target: string; fields: string[] }) => [
      action,
      target,
      fields,
    ]);
  expect(mine).toEqual([
    ["agent.delete", agent.id, []],
    ["agent.key.delete", `${agent.id}/${former.id}`, []],
    ["agent.key.rotate", `${agent.id}/${current.id}`, ["overlapSeconds"]],
    ["agent.server.unlink", `${agent.id}/${id}`, []],
    ["agent.server.link", `${agent.id}/${id}`, []],
    ["agent.update", agent.id, ["allowedOrigins"]],
    ["agent.create", agent.id, ["name", "allowedOrigins", "servers"]],
  ]);
});

it("deleting an organization leaves no agent, key or link", async () => {
  const brief = await organization("Brief");
  const { slug } = await newServerOf(brief);
  const body = { name: "Brief", allowedOrigins: [], servers: [slug] };
  const { id } = (await call("POST", `${brief.path}/agents`, brief.admin, body)).body;
  expect((await call("DELETE", brief.path, "test-admin-token-0123456789")).status).toBe(204);
  const left = await env.DB.prepare(
    "SELECT id FROM agents WHERE id = ?1 UNION SELECT id FROM agent_keys WHERE agent_id = ?1 " +
      "UNION SELECT server_id FROM agent_servers WHERE agent_id = ?1",
  )
    .bind(id)
    .all();
  expect(left.results).toEqual([]);
});

it("a refused origin at the MCP URL says that an agent's list may be what lacks it", () => {
  expect(reasons.origin_refused.fix).toContain("agent");
});
