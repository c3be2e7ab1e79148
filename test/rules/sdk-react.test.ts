// useAppAgent in a real React: StrictMode, options that are new each render, another user, unmounting, the server.
import { Window } from "happy-dom";
import { createElement as h, StrictMode, useEffect } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { AppAgentOptions } from "../../src/sdk/index.ts";
import { type UseAppAgent, useAppAgent } from "../../src/sdk/react.ts";
import { type EmbeddingGateway, startEmbeddingGateway } from "../rig/embedding-gateway.ts";

let gateway: EmbeddingGateway;
let root: import("react-dom/client").Root;
const page = new Window();
const renders: UseAppAgent[] = [];
const complaints = vi.spyOn(console, "error");

beforeAll(async () => {
  Object.assign(globalThis, { window: page, document: page.document });
  gateway = await startEmbeddingGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  const { createRoot } = await import("react-dom/client");
  root = createRoot(page.document.createElement("div") as never);
});
afterEach(() => {
  root.unmount();
  gateway.reset();
  renders.length = 0;
  expect(complaints).not.toHaveBeenCalled();
  complaints.mockClear();
});

/** New objects and closures each time, as an app's render makes them. */
const optionsFor = (user: string, change: Partial<AppAgentOptions> = {}): AppAgentOptions => ({
  gatewayUrl: gateway.origin,
  apiKey: "mcpstack_pk_test",
  agentId: "ag_support",
  appSessionKey: `session-of-${user}`,
  userIdentity: { subject: user, email: `${user}@example.com` },
  auth: { mode: "app-token", getToken: () => `app-secret-${user}` },
  servers: ["support-api"],
  ...change,
});

function App({ options }: { options: AppAgentOptions }) {
  const view = useAppAgent(options);
  renders.push(view);
  return h("p", null, `${view.status} ${view.user?.id ?? "nobody"}`);
}

const show = (options: AppAgentOptions, component = App) => root.render(h(component, { options }));
const last = () => renders.at(-1)!;
const settled = (status: string) => vi.waitFor(() => expect(last()?.status).toBe(status));
const echo = () => `${gateway.origin}/s/support-api/echo`;

test("signs in once mounted and shows status, user and servers", async () => {
  show(optionsFor("alice"));
  await settled("ready");
  expect(renders[0]).toMatchObject({ status: "idle", user: null, error: null });
  expect(last()).toMatchObject({ user: { id: "usr_alice" }, servers: { "support-api": { scope: "tickets.read" } } });
  expect(await (await last().server("support-api").fetch(echo())).json()).toMatchObject({ user: "alice" });
});

test("shows a refusal with the gateway's reason", async () => {
  const refusal = { error: "access_denied", reason: "origin_not_allowed", seen: "https://other.example" };
  gateway.answers.push(() => Response.json(refusal, { status: 403 }));
  show(optionsFor("alice"));
  await settled("failed");
  expect(last().error).toMatchObject({ reason: "origin_not_allowed", seen: "https://other.example" });
});

describe("StrictMode", () => {
  test("mounting twice leads to one exchange and one live agent", async () => {
    const getToken = vi.fn(() => "app-secret-alice");
    const options = optionsFor("alice", { auth: { mode: "app-token", getToken } });
    root.render(h(StrictMode, null, h(App, { options })));
    await settled("ready");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(getToken).toHaveBeenCalledTimes(1);
    expect(gateway.exchanges).toHaveLength(1);
    expect((await last().server("support-api").fetch(echo())).status).toBe(200);
  });

  test("calls that a child's first effects make are answered", async () => {
    const answers: unknown[] = [];
    function Child({ view }: { view: UseAppAgent }) {
      const support = view.server("support-api");
      useEffect(() => {
        support.fetch(echo()).then(
          (answer) => answers.push(answer.status),
          (error) => answers.push(error.reason),
        );
      }, [support]);
      return null;
    }
    function Parent({ options }: { options: AppAgentOptions }) {
      return h(Child, { view: useAppAgent(options) });
    }
    root.render(h(StrictMode, null, h(Parent, { options: optionsFor("alice") })));
    await vi.waitFor(() => expect(answers).toEqual([200, 200]));
    expect(gateway.exchanges).toHaveLength(1);
  });
});

describe("rendering again", () => {
  test("options that are new but equal restart nothing and keep every returned object", async () => {
    show(optionsFor("alice"));
    await settled("ready");
    const before = last();
    const handle = before.server("support-api");
    const count = renders.length;
    show(optionsFor("alice"));
    await vi.waitFor(() => expect(renders.length).toBeGreaterThan(count));
    expect(last()).toBe(before);
    expect(last().server("support-api")).toBe(handle);
    expect(gateway.exchanges).toHaveLength(1);
  });

  test("the newest getToken is asked", async () => {
    show(optionsFor("alice"));
    await settled("ready");
    const newest = vi.fn(() => "app-secret-alice");
    const count = renders.length;
    show(optionsFor("alice", { auth: { mode: "app-token", getToken: newest } }));
    await vi.waitFor(() => expect(renders.length).toBeGreaterThan(count));
    gateway.revokeAll();
    await vi.waitFor(async () => expect((await last().server("support-api").fetch(echo())).status).toBe(200));
    expect(newest).toHaveBeenCalledTimes(1);
  });

  test("another user is nobody's state in the very same render, and then their own", async () => {
    show(optionsFor("alice"));
    await settled("ready");
    const alice = { handle: last().server("support-api"), agent: last().agent };
    const count = renders.length;
    show(optionsFor("bob"));
    await vi.waitFor(() => expect(last().user?.id).toBe("usr_bob"));
    const after = renders.slice(count).map(({ user }) => user?.id);
    // React throws the first of these away: it is the render in which the change was seen.
    expect(after).not.toContain("usr_alice");
    expect(last().agent).not.toBe(alice.agent);
    await expect(alice.handle.fetch(echo())).rejects.toMatchObject({ reason: "closed" });
    expect(gateway.exchanges.map(({ body }) => [body.appSessionKey, body.token])).toEqual([
      ["session-of-alice", "app-secret-alice"],
      ["session-of-bob", "app-secret-bob"],
    ]);
  });

  test("an option that is left out later is gone", async () => {
    show(optionsFor("alice"));
    await settled("ready");
    show(optionsFor("alice", { servers: undefined }));
    await vi.waitFor(() => expect(last().servers).toEqual({}));
  });
});

test("unmounting aborts what is in flight and leaves nothing that asks", async () => {
  const aborted = vi.fn();
  gateway.answers.push((request) => {
    request.signal.addEventListener("abort", aborted);
    return new Promise(() => {});
  });
  show(optionsFor("alice"));
  await vi.waitFor(() => expect(gateway.exchanges).toHaveLength(1));
  const { server, agent } = last();
  root.render(null);
  await vi.waitFor(() => expect(aborted).toHaveBeenCalled());
  await expect(server("support-api").fetch(echo())).rejects.toMatchObject({ reason: "closed" });
  expect(agent.getSnapshot()).toMatchObject({ status: "idle", user: null });
  expect(gateway.exchanges).toHaveLength(1);
});

describe("on a server", () => {
  test("it renders the idle state and asks nobody", async () => {
    const getToken = vi.fn(() => "app-secret-alice");
    const options = optionsFor("alice", { auth: { mode: "app-token", getToken } });
    expect(renderToString(h(StrictMode, null, h(App, { options })))).toBe("<p>idle nobody</p>");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(getToken).not.toHaveBeenCalled();
    expect(gateway.exchanges).toHaveLength(0);
  });

  test("what it rendered is taken over without a mismatch", async () => {
    const { hydrateRoot } = await import("react-dom/client");
    const options = optionsFor("alice");
    const container = page.document.createElement("div");
    container.innerHTML = renderToString(h(App, { options }));
    const mismatch = vi.fn();
    const hydrated = hydrateRoot(container as never, h(App, { options }), { onRecoverableError: mismatch });
    await vi.waitFor(() => expect(container.textContent).toBe("ready usr_alice"));
    expect(mismatch).not.toHaveBeenCalled();
    hydrated.unmount();
  });
});
