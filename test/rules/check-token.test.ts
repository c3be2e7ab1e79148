// The doctor explains a pasted token: what it says, which check of which door would refuse it, and never the token itself.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { examine, publicOrigin, serverOf } from "../rig/doctor.ts";
import { type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

let provider: ScriptedProvider;
let stranger: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
  stranger = await startScriptedProvider();
});
afterAll(() => Promise.all([provider.close(), stranger.close()]));

beforeEach(() => {
  provider.reset();
  provider.on("/.well-known/openid-configuration", { body: provider.metadata() });
  provider.on("/authorize", { body: "<form>Sign in</form>" });
  provider.on("/token", { status: 400, body: { error: "invalid_grant" } });
  provider.on("/jwks", { body: { keys: [provider.publicKey] } });
});

const resource = "https://api.example.com";
const person = { sub: "user-1", aud: resource, scope: "tickets.read tickets.write" };
const ask = (token: string, settings = {}) =>
  examine({ authorizationServerUrl: provider.origin }, { token, servers: [serverOf()] }, settings);
const now = () => Math.floor(Date.now() / 1000);

describe("a token that would be exchanged", () => {
  test("every check passes, and what it says is told without what it is", async () => {
    const token = await provider.sign({ ...person, email: "secret.person@example.com", jti: "canary-jti" });
    const { of, all } = await ask(token);
    for (const step of [
      "kind",
      "algorithm",
      "issuer",
      "signature",
      "audience",
      "times",
      "identity",
      "scopes",
      "sign-in",
    ]) {
      expect(of(`token.${step}`).status, step).toBe("pass");
    }
    expect(of("token.content").seen).toContain(`header alg RS256, kid key-1; iss ${provider.origin}; aud ${resource}`);
    expect(of("token.content").seen).toMatch(/others: .*sub.*email.*jti/);
    const text = JSON.stringify(all);
    for (const part of [...token.split("."), "secret.person", "canary-jti", "user-1"]) expect(text).not.toContain(part);
    expect(of("token.mcp-url").seen).toContain("tokens of this gateway only");
  });

  test("a scope that is missing is named with the tool that needs it", async () => {
    const { of } = await ask(await provider.sign({ ...person, scope: "tickets.read" }));
    expect(of("token.scopes")).toMatchObject({
      ...{ status: "warn", reason: "scopes_missing", server: "support-api", expected: "tickets.read tickets.write" },
      seen: "granted: tickets.read; missing: tickets.write (needed by create_ticket)",
    });
    const none = await ask(await provider.sign({ ...person, scope: "openid" }));
    expect(none.of("token.scopes")).toMatchObject({ status: "fail", reason: "app_token_scopes" });
    expect(none.of("token.scopes").expected).toContain("tickets.write (needed by create_ticket)");
  });
});

describe("the first check that fails is marked, and nothing is claimed of those after it", () => {
  const cases: [string, string, string, () => Promise<string>, Record<string, unknown>?][] = [
    ["an ID token", "kind", "app_token_id_token", () => provider.sign({ ...person, nonce: "n" })],
    ["a machine's", "kind", "app_token_machine", () => provider.sign({ ...person, client_id: "user-1" })],
    ["an opaque one", "kind", "app_token_opaque", async () => "opaque-canary-token"],
    ["another issuer's", "issuer", "app_token_issuer", () => stranger.sign(person)],
    ["a slash too many", "issuer", "app_token_issuer", () => provider.sign({ ...person, iss: `${provider.origin}/` })],
    ["a key unknown", "signature", "app_token_key_unknown", () => provider.sign(person, { kid: "key-2" })],
    ["a forged one", "signature", "app_token_signature", () => stranger.sign({ ...person, iss: provider.origin })],
    ["another audience", "audience", "app_token_audience", () => provider.sign({ ...person, aud: "https://other" })],
    ["no audience", "audience", "app_token_audience_absent", () => provider.sign({ ...person, aud: undefined })],
    ["an expired one", "times", "app_token_expired", () => provider.sign({ ...person, exp: now() - 5 })],
    ["one of tomorrow", "times", "app_token_not_yet_valid", () => provider.sign({ ...person, nbf: now() + 900 })],
    ["nobody's", "identity", "identity_missing", () => provider.sign({ ...person, sub: undefined })],
  ];

  test.each(cases)("%s: token.%s %s", async (_name, step, reason, make) => {
    const token = await make();
    const { of, all } = await ask(token);
    const failed = all.filter(({ check, status }) => check.startsWith("token.") && status === "fail");
    expect(failed.filter(({ check }) => check !== "token.sign-in")).toMatchObject([{ check: `token.${step}`, reason }]);
    expect(of("token.scopes")).toMatchObject({ status: "skip", seen: expect.stringContaining("not reached") });
    expect(JSON.stringify(all)).not.toContain(token);
  });

  test("embedded refusal: audience expected and seen, and the field", async () => {
    const { of } = await ask(await provider.sign({ ...person, aud: `${resource}/` }));
    expect(of("token.audience")).toMatchObject({
      ...{ status: "fail", expected: `aud ${resource}`, seen: `aud ${resource}/`, field: "resource" },
      fix: expect.stringContaining("resource"),
    });
    expect(of("token.sign-in")).toMatchObject({ status: "fail", reason: "audience_mismatch", expected: resource });
  });

  test("a token without a provider to ask is judged by its look alone", async () => {
    provider.on("/.well-known/openid-configuration", { status: 404 });
    const { of } = await ask(await provider.sign(person));
    expect(of("token.content").status).toBe("pass");
    expect(of("token.signature")).toMatchObject({ status: "fail", reason: "metadata_not_found" });
  });
});

describe("a token of this gateway", () => {
  const own = { aud: `${publicOrigin}/s/support-api/mcp`, scope: "tickets.read tickets.write", exp: now() + 600 };

  test.each([
    ["good", {}, "pass", null, "granted: tickets.read tickets.write"],
    ["for another server", { aud: `${publicOrigin}/s/other/mcp` }, "fail", "token_audience", "aud "],
    ["expired", { exp: now() - 1 }, "fail", "token_expired", "exp "],
    [
      "without a tool's scope",
      { scope: "tickets.read" },
      "warn",
      "insufficient_scope",
      "tickets.write (needed by create_ticket)",
    ],
  ])("%s", async (_name, change, status, reason, seen) => {
    const { of } = await ask("own-canary", { openOwnToken: async () => ({ ...own, ...change }) });
    expect(of("token.kind")).toMatchObject({ status: "fail", reason: "app_token_own" });
    expect(of("token.mcp-url")).toMatchObject({ status, reason, seen: expect.stringContaining(seen) });
    expect(of("token.content").seen).toContain("an access token of this gateway");
  });
});
