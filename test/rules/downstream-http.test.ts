// Requests to providers in bounds: address, redirects, size and time (P-83).
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createGuardedFetch } from "../../src/worker/downstream/http.ts";
import type { GatewayProfile } from "../../src/worker/oauth/profile.ts";
import { connectorFor, profileOf } from "../rig/connector.ts";
import { type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

const profile = (fields: Partial<GatewayProfile> = {}) =>
  profileOf({ authorizationServerUrl: provider.origin, ...fields });

describe("requests in bounds (P-83)", () => {
  const rules = { allowPrivateNetwork: true, ownHosts: [], timeout: 300 };

  test("in production loopback is refused before any request", async () => {
    const strict = connectorFor({ allowPrivateNetwork: false });
    await expect(strict.discoverIssuer(profile())).rejects.toMatchObject({ reason: "outbound_refused" });
    expect(provider.asked).toHaveLength(0);
  });

  test.each([301, 302, 303, 307, 308])("GHSA-vv7q-7jx5-f767 a %i is not followed", async (status) => {
    provider.on("/jump", { status, headers: { location: `${provider.origin}/inside` }, body: "" });
    const refused = createGuardedFetch(rules)(`${provider.origin}/jump`);
    await expect(refused).rejects.toMatchObject({ reason: "outbound_refused" });
    expect(provider.count("/inside")).toBe(0);
  });

  test("a body of 256 KB is read, and one byte more is not", async () => {
    provider.on("/fits", { body: "x".repeat(256 * 1024) });
    provider.on("/large", { body: "x".repeat(256 * 1024 + 1), headers: { "transfer-encoding": "chunked" } });
    const guardedFetch = createGuardedFetch(rules);
    expect((await (await guardedFetch(`${provider.origin}/fits`)).text()).length).toBe(256 * 1024);
    const refused = guardedFetch(`${provider.origin}/large`);
    await expect(refused).rejects.toMatchObject({ reason: "provider_unavailable", transient: true });
  });

  test("the time limit covers the body", async () => {
    const { createServer } = await import("node:http");
    const slow = createServer((_request, response) => void response.writeHead(200).write("{"));
    await new Promise<void>((ready) => slow.listen(0, "127.0.0.1", ready));
    const address = slow.address();
    const port = typeof address === "object" ? address?.port : 0;
    const refused = createGuardedFetch(rules)(`http://127.0.0.1:${port}/`);
    await expect(refused).rejects.toMatchObject({ detail: { seen: expect.stringContaining("no answer in time") } });
    slow.closeAllConnections();
    slow.close();
  });

  test("a user agent and Accept are sent", async () => {
    provider.on("/", { body: {} });
    await createGuardedFetch(rules)(`${provider.origin}/`);
    expect(provider.asked[0]?.headers).toMatchObject({ "user-agent": "mcp-stack-gateway", accept: "application/json" });
  });

  test("a query is not repeated in a message", async () => {
    const refused = createGuardedFetch({ ...rules, allowPrivateNetwork: false })("https://10.0.0.1/x?token=secret");
    await expect(refused).rejects.toMatchObject({ detail: { seen: "https://10.0.0.1/x" } });
  });
});
