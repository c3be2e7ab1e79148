// Copies of metadata: how long they live, what they bridge, and what they do not.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GatewayProfile } from "../../src/worker/oauth/profile.ts";
import { connectorFor, createClock, departure, memoryCopies, profileOf } from "../rig/connector.ts";
import { type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

const oidc = "/.well-known/openid-configuration";
const oauth = "/.well-known/oauth-authorization-server";
const profile = (fields: Partial<GatewayProfile> = {}) =>
  profileOf({ authorizationServerUrl: provider.origin, ...fields });

describe("copies", () => {
  test("an hour from memory, then asked again", async () => {
    const clock = createClock();
    const connector = connectorFor({ now: clock.now });
    provider.on(oidc, { body: provider.metadata() });
    const ask = async () => connector.authorizationUrl(profile(), await departure());
    await ask();
    clock.forward(3599);
    await ask();
    expect(provider.count(oidc)).toBe(1);
    clock.forward(2);
    await ask();
    expect(provider.count(oidc)).toBe(2);
  });

  test("another isolate takes the stored copy", async () => {
    const copies = memoryCopies();
    provider.on(oidc, { body: provider.metadata() });
    await connectorFor({ copies }).authorizationUrl(profile(), await departure());
    await connectorFor({ copies }).authorizationUrl(profile(), await departure());
    expect(provider.count(oidc)).toBe(1);
  });

  test("the last good copy bridges an outage of a day, without asking at each request, and no longer", async () => {
    const clock = createClock();
    const connector = connectorFor({ now: clock.now });
    provider.on(oidc, { body: provider.metadata() });
    const ask = async () => connector.authorizationUrl(profile(), await departure());
    await ask();
    provider.reset();
    provider.on(oidc, { status: 503 });
    provider.on(oauth, { status: 503 });
    clock.forward(20 * 3600);
    await ask();
    await ask();
    expect(provider.count(oidc)).toBe(1);
    clock.forward(5 * 3600);
    await expect(ask()).rejects.toMatchObject({ reason: "provider_unavailable", transient: true });
  });

  test("a document that now names another issuer is not bridged", async () => {
    const clock = createClock();
    const connector = connectorFor({ now: clock.now });
    provider.on(oidc, { body: provider.metadata() });
    await connector.authorizationUrl(profile(), await departure());
    provider.on(oidc, { body: provider.metadata("/taken-over") });
    clock.forward(3601);
    const refused = connector.authorizationUrl(profile(), await departure());
    await expect(refused).rejects.toMatchObject({ reason: "metadata_issuer_mismatch" });
  });

  test("a store that fails is a missing copy", async () => {
    const fails = () => Promise.reject(new Error("down"));
    provider.on(oidc, { body: provider.metadata() });
    const connector = connectorFor({ copies: { get: fails, put: fails } });
    await expect(connector.authorizationUrl(profile(), await departure())).resolves.toContain("/authorize");
  });

  test("what one request began goes on in the background, well or not, for those who wait for it", async () => {
    const begun: Promise<unknown>[] = [];
    const copies = memoryCopies();
    const connector = connectorFor({ copies, background: (work) => begun.push(work) });
    provider.on(oidc, { status: 503 });
    provider.on(oauth, { status: 503 });
    await expect(connector.discoverIssuer(profile())).rejects.toMatchObject({ reason: "provider_unavailable" });
    provider.reset();
    provider.on(oidc, { body: provider.metadata() });
    await connector.discoverIssuer(profile());
    expect(await Promise.allSettled(begun)).toMatchObject([{ status: "fulfilled" }, { status: "fulfilled" }]);
    expect(copies.size()).toBe(1);
  });

  test("saving a profile asks the provider itself", async () => {
    const connector = connectorFor();
    provider.on(oidc, { body: provider.metadata() });
    await connector.discoverIssuer(profile());
    await connector.discoverIssuer(profile());
    expect(provider.count(oidc)).toBe(2);
  });
});
