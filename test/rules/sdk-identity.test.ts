// Whose tokens they are: another user or session ends everything of the one before, and so does closing the agent.
import { Client } from "@modelcontextprotocol/client";
import { describe, expect, test, vi } from "vitest";
import type { AppAgentOptions } from "../../src/sdk/index.ts";
import { embeddedApp } from "../rig/embedded-app.ts";

const app = embeddedApp();
const identity = { subject: "alice", email: "alice@example.com", organizationId: "acme" };

/** `signedIn` is the app's session: whoever it names, getToken answers for. */
function open(change: Partial<AppAgentOptions> = {}) {
  const signedIn = { user: "alice" };
  const agent = app.open({
    appSessionKey: "sess-1",
    userIdentity: identity,
    auth: { mode: "app-token", getToken: () => `app-secret-${signedIn.user}` },
    ...change,
  });
  return { agent, signedIn, call: () => app.call(agent) };
}

describe("a change of the person or the session", () => {
  test.each<[string, Partial<AppAgentOptions>]>([
    ["appSessionKey", { appSessionKey: "sess-2" }],
    ["subject", { userIdentity: { ...identity, subject: "bob" } }],
    ["organization", { userIdentity: { ...identity, organizationId: "other" } }],
    ["whole identity", { userIdentity: undefined }],
    ["agent", { agentId: "ag_other" }],
    ["key", { apiKey: "mcpstack_pk_other" }],
  ])("another %s drops the token, at once and before any call", async (_, change) => {
    const { agent, call } = open();
    await call();
    expect(agent.getSnapshot().user).toEqual({ id: "usr_alice", workspace: "acme" });
    agent.update(change);
    expect(agent.getSnapshot()).toMatchObject({ status: "idle", user: null });
    expect((await call()).status).toBe(200);
    expect(app.gateway.exchanges).toHaveLength(2);
  });

  test.each<[string, Partial<AppAgentOptions>]>([
    ["equal content", { appSessionKey: "sess-1", userIdentity: { ...identity } }],
    ["another e-mail address", { userIdentity: { ...identity, email: "a@example.com" } }],
    ["another getToken", { auth: { mode: "app-token", getToken: () => "app-secret-alice" } }],
    ["another fetch", { fetch: (input, init) => fetch(input, init) }],
  ])("%s keeps the token and the handle", async (_, change) => {
    const { agent, call } = open();
    await call();
    const [snapshot, handle] = [agent.getSnapshot(), agent.server("support-api")];
    agent.update(change);
    expect(agent.getSnapshot()).toBe(snapshot);
    expect(agent.server("support-api")).toBe(handle);
    await call();
    expect(app.gateway.exchanges).toHaveLength(1);
  });

  test("a late answer for the old person is thrown away", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    app.gateway.answers.push(async () => {
      await held;
      return app.gateway.issue("support-api", "alice");
    });
    // A fetch that does not listen to its signal, so that the answer does come.
    const deaf: typeof fetch = (input, init) => fetch(input, { ...init, signal: null });
    const { agent, signedIn, call } = open({ fetch: deaf });
    const seen: unknown[] = [];
    agent.subscribe(() => seen.push(agent.getSnapshot().user?.id));
    const first = call();
    await vi.waitFor(() => expect(app.gateway.exchanges).toHaveLength(1));
    signedIn.user = "bob";
    agent.update({ userIdentity: { subject: "bob" } });
    await expect(first).rejects.toMatchObject({ reason: "identity_changed" });
    expect(await (await call()).json()).toMatchObject({ user: "bob" });
    release();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(agent.getSnapshot().user).toEqual({ id: "usr_bob", workspace: "acme" });
    expect(seen).not.toContain("usr_alice");
    expect(app.gateway.calls.map(({ user }) => user)).toEqual(["bob"]);
  });

  test("what still streams for the old person is cut", async () => {
    const { agent } = open();
    const answer = await agent.server("support-api").fetch(`${app.gateway.origin}/s/support-api/stream`);
    const reader = answer.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("data: 1\n\n");
    agent.update({ userIdentity: { subject: "bob" } });
    await expect(reader.read()).rejects.toMatchObject({ reason: "identity_changed" });
  });

  test("a client connected for the old person does not go on as the new one", async () => {
    const { agent, signedIn } = open();
    const client = new Client({ name: "app", version: "1" });
    await client.connect(await agent.server("support-api").transport());
    signedIn.user = "bob";
    agent.update({ userIdentity: { subject: "bob" } });
    await expect(client.callTool({ name: "whoami" })).rejects.toThrow(/identity_changed/);
    await client.close();
    const next = new Client({ name: "app", version: "1" });
    await next.connect(await agent.server("support-api").transport());
    expect(await next.callTool({ name: "whoami" })).toMatchObject({ content: [{ text: "bob" }] });
    await next.close();
  });

  test("a connected agent signs the new person in by itself", async () => {
    const { agent, signedIn } = open();
    await agent.connect();
    signedIn.user = "bob";
    agent.update({ appSessionKey: "sess-2", userIdentity: { subject: "bob" } });
    await vi.waitFor(() => expect(agent.getSnapshot().user?.id).toBe("usr_bob"));
    expect(app.gateway.exchanges[1]?.body).toMatchObject({ appSessionKey: "sess-2", token: "app-secret-bob" });
  });

  test("a token that names someone else without the app saying so ends the old handles too", async () => {
    const { agent, signedIn } = open({ userIdentity: undefined, appSessionKey: undefined });
    const old = agent.server("support-api");
    await old.fetch(app.echo);
    signedIn.user = "bob";
    app.gateway.revokeAll();
    await expect(old.fetch(app.echo)).rejects.toMatchObject({ reason: "identity_changed" });
    await expect(old.fetch(app.echo)).rejects.toMatchObject({ reason: "identity_changed" });
    expect(await (await agent.server("support-api").fetch(app.echo)).json()).toMatchObject({ user: "bob" });
    expect(app.gateway.calls.map(({ user }) => user)).toEqual(["alice", null, "bob"]);
  });
});

describe("the list of servers", () => {
  test("a server that joins is signed in to, one that leaves is dropped", async () => {
    const { agent } = open();
    await agent.connect();
    agent.update({ servers: ["tickets"] });
    expect(Object.keys(agent.getSnapshot().servers)).toEqual(["tickets"]);
    await vi.waitFor(() => expect(agent.getSnapshot().status).toBe("ready"));
    expect(app.gateway.exchanges.map(({ slug }) => slug)).toEqual(["support-api", "tickets"]);
  });

  test("a server that is on no list is signed in to by its first call", async () => {
    const { agent, call } = open({ servers: undefined });
    expect(await agent.connect()).toEqual({ status: "idle", user: null, error: null, servers: {} });
    expect((await call()).status).toBe(200);
    expect(agent.getSnapshot().servers).toMatchObject({ "support-api": { status: "ready" } });
  });
});

describe("close", () => {
  test("aborts an exchange and its callers, and no state is left", async () => {
    const aborted = vi.fn();
    app.gateway.answers.push((request) => {
      request.signal.addEventListener("abort", aborted);
      return new Promise(() => {});
    });
    const { agent, call } = open();
    const waiting = Promise.allSettled([call(), call(), agent.connect()]);
    await vi.waitFor(() => expect(app.gateway.exchanges).toHaveLength(1));
    agent.close();
    expect(await waiting).toMatchObject([
      { status: "rejected", reason: { reason: "closed" } },
      { status: "rejected", reason: { reason: "closed" } },
      { status: "fulfilled", value: { status: "idle" } },
    ]);
    await vi.waitFor(() => expect(aborted).toHaveBeenCalled());
  });

  test("does not wait for a getToken that never answers", async () => {
    const { agent, call } = open({ auth: { mode: "app-token", getToken: () => new Promise(() => {}) } });
    const waiting = call();
    agent.close();
    await expect(waiting).rejects.toMatchObject({ reason: "closed" });
  });

  test("aborts calls and streams, and later calls ask nobody", async () => {
    const { agent, call } = open();
    const answer = await agent.server("support-api").fetch(`${app.gateway.origin}/s/support-api/stream`);
    agent.close();
    await expect(answer.text()).rejects.toMatchObject({ reason: "closed" });
    await expect(call()).rejects.toMatchObject({ reason: "closed" });
    expect(app.gateway.exchanges).toHaveLength(1);
  });

  test("ends a pause before another try", async () => {
    const busy = { status: 503, headers: { "retry-after": "20" } };
    app.gateway.answers.push(() => Response.json({ error: "x", reason: "rate_limited" }, busy));
    const { agent, call } = open();
    const waiting = call();
    await vi.waitFor(() => expect(agent.getSnapshot().status).toBe("failed"));
    agent.close();
    await expect(waiting).rejects.toMatchObject({ reason: "closed" });
  });

  test("connect opens it again, and what was held before stays dead", async () => {
    const { agent, signedIn, call } = open();
    const old = agent.server("support-api");
    await agent.connect();
    agent.close();
    signedIn.user = "bob";
    expect(await agent.connect()).toMatchObject({ status: "ready", user: { id: "usr_bob" } });
    await expect(old.fetch(app.echo)).rejects.toMatchObject({ reason: "identity_changed" });
    expect(await (await call()).json()).toMatchObject({ user: "bob" });
  });

  test("in the same turn as connect asks nobody", async () => {
    const getToken = vi.fn(() => "app-secret-alice");
    const { agent } = open({ auth: { mode: "app-token", getToken } });
    const connecting = agent.connect();
    agent.close();
    expect(await connecting).toMatchObject({ status: "idle" });
    expect(getToken).not.toHaveBeenCalled();
    expect(app.gateway.exchanges).toHaveLength(0);
  });
});
