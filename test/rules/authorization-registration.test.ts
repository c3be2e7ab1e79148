// Dynamic registration: what real clients send is accepted, what could hurt is refused by the member's name.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../../src/worker/oauth/errors.ts";
import type { ClientPolicy } from "../../src/worker/oauth/profile.ts";
import { sameRedirect } from "../../src/worker/oauth/redirect-uri.ts";
import { readRegistration } from "../../src/worker/oauth/registration.ts";

const open: ClientPolicy = {
  dynamicRegistration: true,
  metadataDocuments: false,
  allowedRedirectHosts: [],
  preregistered: [],
};
const loopback = "http://127.0.0.1/callback";
const register = (members: object, policy = open) =>
  readRegistration({ redirect_uris: [loopback], token_endpoint_auth_method: "none", ...members }, policy);

function refusal(body: unknown, policy = open): WireError {
  try {
    readRegistration(body, policy);
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("P-44 and P-45 registrations of real clients", () => {
  test.each([
    [
      "Cursor: https, loopback and a private-use scheme in one list",
      {
        client_name: "Cursor",
        redirect_uris: [
          "http://localhost:8787/callback",
          "https://www.cursor.com/agents/mcp/oauth/callback",
          "cursor://anysphere.cursor-mcp/oauth/callback",
        ],
      },
    ],
    [
      "VS Code: device_code among the grant types, application_type native",
      {
        client_name: "Visual Studio Code",
        redirect_uris: [
          "https://insiders.vscode.dev/redirect",
          "https://vscode.dev/redirect",
          "http://127.0.0.1/",
          "http://127.0.0.1:33418/",
        ],
        grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        response_types: ["code"],
        application_type: "native",
      },
    ],
    ["Gemini: an empty scope", { client_name: "Gemini CLI MCP Client", scope: "" }],
    [
      "claude.ai: jwt-bearer among the grant types",
      {
        redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
        grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
      },
    ],
    [
      "use-mcp: client_uri on http localhost",
      { redirect_uris: ["http://localhost:5173/oauth/callback"], client_uri: "http://localhost:5173" },
    ],
    [
      "Inspector: two paths on one host",
      { redirect_uris: ["http://localhost:6274/oauth/callback", "http://localhost:6274/oauth/callback/debug"] },
    ],
    [
      "Cline: a private-use scheme alone",
      { redirect_uris: ["vscode://saoudrizwan.claude-dev/mcp-auth/callback/ab12"] },
    ],
    [
      "a web app that also says application_type",
      { application_type: "web", redirect_uris: ["https://app.example/cb"] },
    ],
    ["software_id and software_version", { software_id: "9f1b", software_version: "2.1.330" }],
    ["scopes beyond the server's, as a hint", { scope: "openid email profile offline_access" }],
    [
      "unknown members of any kind",
      { jwks: { keys: [] }, "x-vendor": [1, { a: null }], dpop_bound_access_tokens: true },
    ],
  ])("%s", (_, members) => {
    const read = register(members);
    expect(read.redirectUris).toEqual("redirect_uris" in members ? members.redirect_uris : [loopback]);
    expect(read.grantTypes).toEqual(["authorization_code", "refresh_token"]);
    expect(read.authMethod).toBe("none");
  });

  test.each([
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "contacts",
    "token_endpoint_auth_method",
    "grant_types",
    "response_types",
    "scope",
    "application_type",
    "software_id",
    "software_version",
  ])("%s may be null, and no null comes back", (member) => {
    const read = register({ [member]: null });
    expect(JSON.stringify(read.echoed)).not.toContain("null");
    expect(Object.keys(read.echoed)).not.toContain(member);
  });

  test("no empty string comes back, since clients read it as a URL", () => {
    expect(register({ client_uri: "", logo_uri: "", scope: "" }).echoed).toEqual({});
  });

  test("what the server does not understand is not echoed as registered", () => {
    expect(register({ jwks_uri: "https://app.example/jwks", client_secret: "mine", client_id: "mine" }).echoed).toEqual(
      {},
    );
  });

  test.each([
    [undefined, "client_secret_basic"],
    [null, "client_secret_basic"],
    ["client_secret_basic", "client_secret_basic"],
    ["client_secret_post", "client_secret_post"],
    ["none", "none"],
  ])("RFC 7591 §2 token_endpoint_auth_method %j means %s", (asked, method) => {
    expect(register({ token_endpoint_auth_method: asked }).authMethod).toBe(method);
  });
});

describe("P-46 and P-47 what is refused, by its name", () => {
  const redirects = (...uris: unknown[]) => ({ redirect_uris: uris });
  test.each([
    ["no body", null, "invalid_client_metadata", "the body"],
    ["a list", [], "invalid_client_metadata", "the body"],
    ["a text", "x", "invalid_client_metadata", "the body"],
    ["no redirect URIs", {}, "invalid_redirect_uri", "redirect_uris"],
    ["null for redirect URIs", { redirect_uris: null }, "invalid_redirect_uri", "redirect_uris"],
    ["an empty list of redirect URIs", redirects(), "invalid_redirect_uri", "redirect_uris"],
    ["one redirect URI outside a list", { redirect_uris: loopback }, "invalid_redirect_uri", "redirect_uris"],
    ["a redirect URI that is a number", redirects(loopback, 1), "invalid_redirect_uri", "redirect_uris.1"],
    ["an empty redirect URI", redirects(""), "invalid_redirect_uri", "redirect_uris.0"],
    ["script in a mixed list", redirects(loopback, "javascript:alert(1)"), "invalid_redirect_uri", "redirect_uris.1"],
    ["data", redirects("data:text/html,x"), "invalid_redirect_uri", "redirect_uris.0"],
    ["a fragment", redirects("https://app.example/cb#x"), "invalid_redirect_uri", "redirect_uris.0"],
    ["http elsewhere", redirects("http://app.example/cb"), "invalid_redirect_uri", "redirect_uris.0"],
    ["encoded dot segments", redirects("https://app.example/a/%2e%2e/b"), "invalid_redirect_uri", "redirect_uris.0"],
    ["33 redirect URIs", redirects(...Array(33).fill(loopback)), "invalid_redirect_uri", "redirect_uris"],
    [
      "an endless redirect URI",
      redirects(`${loopback}/${"x".repeat(2_048)}`),
      "invalid_redirect_uri",
      "redirect_uris.0",
    ],
    [
      "an endless name",
      { ...redirects(loopback), client_name: "x".repeat(257) },
      "invalid_client_metadata",
      "client_name",
    ],
    ["a name that is a list", { ...redirects(loopback), client_name: ["x"] }, "invalid_client_metadata", "client_name"],
    [
      "client_secret_jwt, which is not offered",
      { ...redirects(loopback), token_endpoint_auth_method: "client_secret_jwt" },
      "invalid_client_metadata",
      "token_endpoint_auth_method",
    ],
  ])("%s", (_, body, error, field) => {
    expect(refusal(body)).toMatchObject({ status: 400, error, detail: { field } });
  });

  test("members cannot be smuggled in through a prototype", () => {
    const read = readRegistration(
      JSON.parse(`{"redirect_uris":["${loopback}"],"__proto__":{"client_name":5,"token_endpoint_auth_method":"none"}}`),
      open,
    );
    expect(read).toMatchObject({ name: "An app without a name", authMethod: "client_secret_basic" });
  });

  test("what is shown of a refused redirect URI is harmless", () => {
    const { detail } = refusal({ redirect_uris: ['https://app.example/"><script>\r\n'] });
    expect(detail.seen).not.toMatch(/["\r\n]/);
  });
});

describe("P-94 the grant type of identity assertions comes back", () => {
  const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const own = ["authorization_code", "refresh_token"];
  test.each<[string, object, boolean, string[]]>([
    ["asked for, at a server that takes them", { grant_types: [jwtBearer] }, true, [...own, jwtBearer]],
    ["once, though asked for twice", { grant_types: [jwtBearer, ...own, jwtBearer] }, true, [...own, jwtBearer]],
    ["not where none are taken", { grant_types: [jwtBearer] }, false, own],
    ["not where it was not asked for", { grant_types: own }, true, own],
    ["not where nothing was asked for", {}, true, own],
    [
      "not for a public client, whose assertions are refused",
      { grant_types: [jwtBearer], token_endpoint_auth_method: "none" },
      true,
      own,
    ],
  ])("%s", (_, members, takes, grantTypes) => {
    const body = { redirect_uris: [loopback], token_endpoint_auth_method: "client_secret_post", ...members };
    expect(readRegistration(body, open, takes).grantTypes).toEqual(grantTypes);
  });
});

describe("allowed redirect hosts of a profile", () => {
  const strict = { ...open, allowedRedirectHosts: ["claude.ai"] };
  test.each(["https://claude.ai/cb", "http://localhost:1/cb", "https://localhost/cb", "cursor://x/cb"])(
    "%s passes",
    (uri) => {
      expect(register({ redirect_uris: [uri] }, strict).redirectUris).toEqual([uri]);
    },
  );

  test.each([
    "https://evil.example/cb",
    "https://x.claude.ai/cb",
    "https://claude.ai.evil.example/cb",
    "https://claude.ai./cb",
    "https://localhost.evil.example/cb",
  ])("%s is refused", (uri) => {
    expect(refusal({ redirect_uris: [uri] }, strict)).toMatchObject({ error: "invalid_redirect_uri" });
  });
});

describe("names that a person will read", () => {
  const unnamed = "An app without a name";
  test.each([
    ["Claude Code", "Claude Code"],
    ["  My\n\t App  ", "My App"],
    ["My\nApp", "My App"],
    ["a\u200b b\u00a0\u2028c", "a b c"],
    ["evil\u202Etxt.exe\u2066x", "eviltxt.exex"],
    ["nul\0and\x07bell", "nul and bell"],
    ["<b>Bank</b>", "<b>Bank</b>"],
    ["Ångström", "Ångström"],
    ["", unnamed],
    [" \u200b\ufeff\u00ad ", unnamed],
    ["\u3164\u115f\uffa0", unnamed],
    [undefined, unnamed],
    [null, unnamed],
    ["x".repeat(256), "x".repeat(100)],
  ])("%j becomes %j", (client_name, name) => {
    expect(register({ client_name }).name).toBe(name);
  });

  test("a long name is never cut through a character", () => {
    const { name } = register({ client_name: `x${"😀".repeat(120)}` });
    expect(name).toBe(`x${"😀".repeat(99)}`);
    expect(name.isWellFormed()).toBe(true);
  });
});

describe("the same registration is the same client", () => {
  test.each([
    ["another port", { redirect_uris: ["http://127.0.0.1:49152/callback"] }],
    ["the same URI twice", { redirect_uris: [loopback, "http://127.0.0.1:1/callback"] }],
    ["members that nobody is shown", { client_uri: "https://app.example", software_version: "2" }],
  ])("%s changes nothing", (_, members) => {
    expect(register(members).fingerprint).toBe(register({}).fingerprint);
  });

  test.each([
    ["another name", { client_name: "Other" }],
    ["another path", { redirect_uris: ["http://127.0.0.1/other"] }],
    ["localhost instead", { redirect_uris: ["http://localhost/callback"] }],
    ["one redirect more", { redirect_uris: [loopback, "https://app.example/cb"] }],
    ["another method", { token_endpoint_auth_method: "client_secret_post" }],
  ])("%s is another client", (_, members) => {
    expect(register(members).fingerprint).not.toBe(register({}).fingerprint);
  });

  test("an https port belongs to the client", () => {
    const fingerprint = (uri: string) => register({ redirect_uris: [uri] }).fingerprint;
    expect(fingerprint("https://app.example:1/cb")).not.toBe(fingerprint("https://app.example:2/cb"));
  });

  test("whoever shares a fingerprint can use the redirects of whoever registered first", () => {
    const host = fc.constantFrom("http://localhost", "http://127.0.0.1", "http://[::1]", "https://app.example");
    const uri = fc
      .tuple(host, fc.constantFrom("", ":1", ":8080"), fc.constantFrom("", "/", "/cb", "/cb/"))
      .map((parts) => parts.join(""));
    const uris = fc.array(uri, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(uris, uris, (first, second) => {
        const [one, other] = [register({ redirect_uris: first }), register({ redirect_uris: second })];
        if (one.fingerprint !== other.fingerprint) return true;
        return other.redirectUris.every((asked) => one.redirectUris.some((kept) => sameRedirect(kept, asked)));
      }),
      { numRuns: 3000 },
    );
  });
});
