// The presets as a whole: what each tells an operator, which addresses are whose, and how scopes and calls are made of them.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { gatewayCreate } from "../../src/contract/management/gateways.ts";
import { findProviderPreset, providerPresets, recogniseProvider } from "../../src/contract/providers.ts";
import { judgeAudience } from "../../src/worker/oauth/app-token-audience.ts";
import { addressOf, claimsFrom } from "../../src/worker/oauth/provider-call.ts";
import { amongGranted, wantedScope, writtenScope } from "../../src/worker/oauth/provider-scope.ts";

function presetOf(id: string) {
  const preset = findProviderPreset(id);
  if (!preset) throw new Error(`no preset ${id}`);
  return preset;
}

describe("each preset", () => {
  test("has an id and a name of its own, and is accepted in a profile", () => {
    const ids = providerPresets.map(({ id }) => id);
    expect(new Set(ids).size).toBe(16);
    expect(new Set(providerPresets.map(({ name }) => name)).size).toBe(16);
    for (const providerType of ids) expect(gatewayCreate.safeParse({ name: "x", providerType }).success).toBe(true);
    expect(gatewayCreate.safeParse({ name: "x", providerType: "facebook" }).success).toBe(false);
  });

  test.each(providerPresets.map((preset) => [preset.id, preset] as const))(
    "%s tells what to fill in and where",
    (_, preset) => {
      const names = preset.fields.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining(["authorizationServerUrl", "clientId", "clientSecret", "scopes"]));
      for (const { label, example, where } of preset.fields) expect([label, example, where].every(Boolean)).toBe(true);
      expect(preset.checklist.some((step) => step.includes("{callbackUrl}"))).toBe(true);
      // Patterns are asked again and again: one that remembers where it was would answer differently each time.
      for (const pattern of [...preset.recognise, ...preset.scopes.names.map(({ matches }) => matches)]) {
        expect(pattern.flags).not.toMatch(/[gy]/);
      }
    },
  );

  test("its own example of an address is recognised as its own", () => {
    for (const { id, fields, recognise } of providerPresets) {
      const example = fields
        .find(({ name }) => name === "authorizationServerUrl")
        ?.example.replace("{tenant id}", "common");
      if (recognise.length > 0) expect([id, recogniseProvider(example ?? "")?.id]).toEqual([id, id]);
    }
  });
});

describe("whose address it is", () => {
  test.each([
    ["https://acme-dev.us.auth0.com/", "auth0"],
    ["https://login.microsoftonline.com/common/v2.0", "entra"],
    ["https://login.microsoftonline.us/x/v2.0", "entra"],
    ["https://sts.windows.net/11111111-2222-4333-8444-555555555555/", "entra"],
    ["https://acme.okta.com/oauth2/default", "okta"],
    ["https://auth.example.com/x.okta.com/oauth2/default", null],
    ["https://accounts.google.com", "google"],
    ["https://github.com/login/oauth", "github"],
    ["https://git.example.com/login/oauth", "github"],
    ["https://sso.example.com/realms/acme", "keycloak"],
    ["https://sso.example.com/auth/realms/acme", "keycloak"],
    ["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A", "cognito"],
    ["https://acme.auth.eu-west-1.amazoncognito.com", "cognito"],
    ["https://app.example.com/sqlos/auth", "sqlos"],
    ["https://auth.example.com", null],
    ["https://auth0.com.evil.example/", null],
    ["https://notauth0.com/", null],
    ["https://example.com/?next=https://acme.okta.com/", null],
    ["not a url", null],
  ])("%s: %s", (url, id) => {
    expect(recogniseProvider(url)?.id ?? null).toBe(id);
  });
});

describe("scopes", () => {
  const wish = (
    id: string,
    profile: string[],
    mcpScope: string[],
    resource: string | null = "api://x",
    advertised: string[] = [],
  ) => {
    const preset = presetOf(id);
    const asked = wantedScope({
      profile: { scopes: profile, resource },
      provider: { scopes: advertised },
      preset,
      mcpScope,
    });
    return writtenScope(asked, preset, resource).join(" ");
  };

  test.each([
    ["entra", ["openid"], ["a.read"], "api://x", "openid api://x/a.read offline_access"],
    ["entra", ["openid", "address"], ["api://x/.default"], "api://x", "openid address api://x/.default offline_access"],
    [
      "entra",
      [],
      ["https://graph.microsoft.com/User.Read"],
      "api://x",
      "https://graph.microsoft.com/User.Read offline_access",
    ],
    ["entra", ["openid"], ["a.read"], null, "openid a.read offline_access"],
    [
      "zitadel",
      ["openid"],
      [],
      "312",
      "openid urn:zitadel:iam:user:resourceowner offline_access urn:zitadel:iam:org:project:id:312:aud",
    ],
    ["google", ["openid", "email"], [], null, "openid email"],
    ["github", ["read:user"], ["repo"], null, "read:user repo"],
    ["manual", ["openid"], ["a"], null, "openid a"],
    ["auth0", [], ["a"], "x", "a offline_access"],
  ] as const)("%s: %j and %j for %s", (id, profile, mcp, resource, written) => {
    expect(wish(id, [...profile], [...mcp], resource)).toBe(written);
  });

  test("offline access is asked of an unknown server only where it is advertised and known", () => {
    expect(wish("manual", ["openid"], [], null, ["offline_access"])).toBe("openid offline_access");
    expect(wish("manual", ["a"], [], null, ["offline_access"])).toBe("a");
    const identityOnly = { profile: { scopes: ["openid"], resource: null }, provider: { scopes: [] }, mcpScope: [] };
    expect(wantedScope({ ...identityOnly, preset: presetOf("okta"), identityOnly: true })).toEqual(["openid"]);
  });

  test.each([
    ["entra", ["a.read", "b.read"], ["api://x/a.read"], ["a.read"]],
    ["entra", ["api://x/a.read"], ["a.read"], ["api://x/a.read"]],
    ["google", ["email", "profile"], ["https://www.googleapis.com/auth/userinfo.email", "openid"], ["email"]],
    ["google", ["calendar"], ["https://www.googleapis.com/auth/calendar"], []],
    ["manual", ["read"], ["api://x/read"], []],
  ])("%s: of %j %j grants %j", (id, asked, granted, expected) => {
    expect(amongGranted(asked, granted, presetOf(id).scopes)).toEqual(expected);
  });
});

describe("calls to a provider's own api", () => {
  const github = presetOf("github");
  const at = (tokenEndpoint: string, clientId: string | null = "Iv23") =>
    addressOf("{apiBase}/applications/{clientId}/token", { tokenEndpoint, issuer: "https://x" }, github, clientId);

  test.each([
    ["https://github.com/login/oauth/access_token", "https://api.github.com/applications/Iv23/token"],
    ["https://acme.ghe.com/login/oauth/access_token", "https://api.acme.ghe.com/applications/Iv23/token"],
    ["https://git.example.com/login/oauth/access_token", "https://git.example.com/api/v3/applications/Iv23/token"],
  ])("a token endpoint at %s", (tokenEndpoint, url) => {
    expect(at(tokenEndpoint)).toBe(url);
  });

  test("an id never leaves its place in a path, and a missing one is no address", () => {
    expect(at("https://github.com/login/oauth/access_token", "../user?x=")).toBe(
      "https://api.github.com/applications/..%2Fuser%3Fx%3D/token",
    );
    expect(at("https://github.com/login/oauth/access_token", null)).toBeNull();
  });

  test("only the named members become claims; times are numbers whatever they came as", () => {
    const check = github.accessToken.ownCheck ?? expect.fail("no check");
    const user = { id: 583231, login: "ada", email: null };
    const answer = { id: 1, sub: "forged", scopes: ["repo"], app: { client_id: "Iv23" }, user, expires_at: null };
    expect(claimsFrom(answer, check)).toEqual({ sub: 583231, client_id: "Iv23", scope: ["repo"] });
    expect(claimsFrom({ ...answer, expires_at: "2026-11-21T12:00:00Z" }, check).exp).toBe(1_795_262_400);
    const google = presetOf("google").accessToken.ownCheck ?? expect.fail("no check");
    expect(claimsFrom({ sub: "1", exp: "1795265900", aud: "c" }, google)).toEqual({
      sub: "1",
      exp: 1_795_265_900,
      aud: "c",
    });
  });
});

test("entra: an API with a name of its own is known by its client id where that is listed, and never by the gateway's", () => {
  const { accessToken } = presetOf("entra");
  const expected = {
    resource: "https://api.example.com",
    tokenIssuers: [],
    acceptsOrigin: () => false,
    ownClientId: "own",
  };
  const judge = (aud: string, acceptedClientIds: string[]) =>
    judgeAudience({ aud }, accessToken, { ...expected, acceptedClientIds }).ok;
  expect([judge("guid", ["guid"]), judge("guid", []), judge("own", ["guid"])]).toEqual([true, false, false]);
});

test("the README's table of providers is made of the presets", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const needed = { always: "", optional: " (optional)", embedded: " (embedded apps)" };
  for (const { id, name, fields, doors, limits } of providerPresets) {
    const filled = fields.map((field) => `${field.label}${needed[field.needed]}`).join(", ");
    expect(readme).toContain(
      `| ${name} \`${id}\` | ${filled} | ${doors.external} | ${doors.embedded} | ${limits.join(" ") || "–"} |`,
    );
  }
});
