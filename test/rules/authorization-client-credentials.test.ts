// Who a client says it is: credentials of token requests, ids that are URLs, and the address it calls from.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressKey } from "../../src/worker/oauth/client-address.ts";
import { readClientCredentials } from "../../src/worker/oauth/client-credentials.ts";
import { looksLikeUrl, refuseClientUrl } from "../../src/worker/oauth/client-id-url.ts";
import { WireError } from "../../src/worker/oauth/errors.ts";

const basic = (pair: string, scheme = "Basic") => `${scheme} ${Buffer.from(pair, "latin1").toString("base64")}`;
const encode = (value: string) => encodeURIComponent(value).replaceAll("%20", "+");

function read(authorization: string | null, body: Record<string, string> = {}) {
  const { clientId, secret, usedHeader } = readClientCredentials(authorization, new Map(Object.entries(body)));
  return { clientId, secret: secret?.reveal() ?? null, usedHeader };
}

function refusal(authorization: string | null, body: Record<string, string> = {}): WireError {
  try {
    read(authorization, body);
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("P-68 client credentials", () => {
  test.each([
    ["a public client in the body", null, { client_id: "c" }, "c", null],
    ["an empty secret counts as none", null, { client_id: "c", client_secret: "" }, "c", null],
    ["a secret in the body", null, { client_id: "c", client_secret: "s" }, "c", "s"],
    ["the header", basic("c:s"), {}, "c", "s"],
    ["the scheme in lower case", basic("c:s", "basic"), {}, "c", "s"],
    ["the id in both (Python)", basic("c:s"), { client_id: "c" }, "c", "s"],
    ["the id in the header, the secret in the body", basic("c:"), { client_id: "c", client_secret: "s" }, "c", "s"],
    ["a header without a secret", basic("c:"), {}, "c", null],
    ["a secret with colons", basic("c:s:t:u"), {}, "c", "s:t:u"],
    ["percent-encoded (RFC 6749 §2.3.1)", basic("mcpstack_client_a%2Db:s%2B%2F%3D"), {}, "mcpstack_client_a-b", "s+/="],
    ["an encoded blank", basic("c:a+b%21"), {}, "c", "a b!"],
    ["not encoded, a secret in base64", basic("c:a+b/c="), {}, "c", "a+b/c="],
    ["not encoded, a secret with a percent sign", basic("c:100%"), {}, "c", "100%"],
    ["a URL as id, encoded", basic("https%3A%2F%2Fapp.example%2Fm:s"), {}, "https://app.example/m", "s"],
  ])("%s", (_, authorization, body, clientId, secret) => {
    expect(read(authorization, body)).toEqual({ clientId, secret, usedHeader: authorization !== null });
  });

  test.each([
    ["no client at all", null, {}, 401, "invalid_client", false],
    ["a secret without an id", null, { client_secret: "s" }, 401, "invalid_client", false],
    ["two different ids", basic("c:s"), { client_id: "d" }, 400, "invalid_request", false],
    ["ids that differ in case", basic("c:s"), { client_id: "C" }, 400, "invalid_request", false],
    ["two secrets", basic("c:s"), { client_secret: "s" }, 400, "invalid_request", false],
    ["a bearer token", "Bearer abc", { client_id: "c" }, 401, "invalid_client", true],
    ["an empty header", "", { client_id: "c" }, 401, "invalid_client", true],
    ["the scheme alone", "Basic", {}, 401, "invalid_client", true],
    ["no base64", "Basic !!!", {}, 401, "invalid_client", true],
    ["broken base64", "Basic =a=", {}, 401, "invalid_client", true],
    ["no colon", basic("c"), {}, 401, "invalid_client", true],
    ["no id before the colon", basic(":s"), { client_id: "c" }, 401, "invalid_client", true],
    ["two headers joined", `${basic("c:s")}, ${basic("d:s")}`, {}, 401, "invalid_client", true],
  ])("%s is refused", (_, authorization, body: Record<string, string>, status, error, challenged) => {
    const refused = refusal(authorization, body);
    expect(refused).toMatchObject({ status, error });
    expect(refused.detail.headers?.["www-authenticate"]?.startsWith("Basic ") ?? false).toBe(challenged);
  });

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const jwt = `${part({ alg: "ES256" })}.${part({ iss: "c", sub: "c" })}.AAAA`;
  const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const asserted = { client_assertion: jwt, client_assertion_type: assertionType };
  test.each([
    ["alone", asserted],
    ["with the same client_id", { ...asserted, client_id: "c" }],
  ])("an assertion %s names its client, and is not proven by being read", (_, body) => {
    const read = readClientCredentials(null, new Map(Object.entries(body)));
    expect(read).toMatchObject({ clientId: "c", secret: null, usedHeader: false, assertion: { clientId: "c" } });
    expect(JSON.stringify(read)).not.toContain(jwt);
  });

  test.each([
    ["client_id names another", null, { ...asserted, client_id: "d" }, 401, "invalid_client"],
    ["a secret is beside it", null, { ...asserted, client_secret: "s" }, 400, "invalid_request"],
    ["a header is beside it", basic("c:s"), asserted, 400, "invalid_request"],
    ["a header without a secret is beside it", basic("c:"), asserted, 400, "invalid_request"],
    ["its type is absent", null, { client_id: "c", client_assertion: jwt }, 400, "invalid_request"],
    ["its type is another", null, { ...asserted, client_assertion_type: "saml2-bearer" }, 400, "invalid_request"],
    ["only its type is there", null, { client_id: "c", client_assertion_type: assertionType }, 400, "invalid_request"],
  ])("an assertion is refused when %s", (_, authorization, body: Record<string, string>, status, error) => {
    expect(refusal(authorization, body)).toMatchObject({ status, error });
  });

  test("a secret is read the same, form-encoded in the header or plain in the body", () => {
    const printable = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
    });
    fc.assert(
      fc.property(printable, printable, (id, secret) => {
        fc.pre(/[^\w.~*'()! -]/.test(id) && /[^\w.~*'()! -]/.test(secret));
        const inHeader = read(basic(`${encode(id)}:${encode(secret)}`));
        return inHeader.clientId === id && inHeader.secret === secret;
      }),
    );
  });

  test("a base64 secret is read the same with and without percent-encoding", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 18, maxLength: 40 }), (bytes) => {
        const secret = Buffer.from(bytes).toString("base64");
        return read(basic(`c:${secret}`)).secret === secret && read(basic(`c:${encode(secret)}`)).secret === secret;
      }),
    );
  });

  test("a refusal and the credentials themselves do not print the secret", () => {
    const credentials = readClientCredentials(basic("c:very-secret"), new Map());
    expect(`${JSON.stringify(credentials)}${credentials.secret}`).not.toContain("very-secret");
    expect(JSON.stringify(refusal(basic("c:very-secret"), { client_secret: "very-secret" }))).not.toContain(
      "very-secret",
    );
  });
});

describe("P-37 client ids that are URLs", () => {
  test.each([
    "https://claude.ai/oauth/mcp-oauth-client-metadata",
    "https://chatgpt.com/oauth/codex/client.json",
    "https://app.example:8443/client.json?v=2",
  ])("%s is well formed", (id) => {
    expect(looksLikeUrl(id)).toBe(true);
    expect(refuseClientUrl(id)).toBeNull();
  });

  test.each([
    ["http", "http://app.example/client.json"],
    ["another scheme", "ftp://app.example/client.json"],
    ["no path", "https://app.example"],
    ["no path but a slash", "https://app.example/"],
    ["a query for a path", "https://app.example?client"],
    ["dot segments", "https://app.example/a/../client.json"],
    ["a single dot segment", "https://app.example/./client.json"],
    ["encoded dot segments", "https://app.example/a/%2e%2E/client.json"],
    ["a final dot segment", "https://app.example/a/.."],
    ["a fragment", "https://app.example/client.json#x"],
    ["an empty fragment", "https://app.example/client.json#"],
    ["userinfo", "https://good.example@evil.example/client.json"],
    ["empty userinfo", "https://@app.example/client.json"],
    ["the scheme in upper case", "HTTPS://app.example/client.json"],
    ["the host in upper case", "https://App.example/client.json"],
    ["a default port", "https://app.example:443/client.json"],
    ["a backslash", "https://app.example\\client.json"],
    ["a host in another script", "https://münchen.example/client.json"],
    ["an address in decimal", "https://2130706433/client.json"],
    ["an address in octal", "https://0177.0.0.1/client.json"],
    ["an encoded host", "https://app%2eexample/client.json"],
    ["a blank after it", "https://app.example/client.json "],
    ["an invalid host", "https://a b/client.json"],
  ])("%s is refused", (_, id) => {
    expect(looksLikeUrl(id)).toBe(true);
    expect(refuseClientUrl(id)).toEqual(expect.any(String));
  });

  test.each(["mcpstack_client_AbC-_9", "desktop", "urn:x:y", "//app.example/x"])("P-41 %s is no URL", (id) => {
    expect(looksLikeUrl(id)).toBe(false);
  });
});

describe("CVE-2026-45364 a rate limit counts subscribers, not addresses", () => {
  test.each([
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"],
    ["2001:db8:1:2::1", "2001:0DB8:0001:0002:0:0:0:1"],
    ["2001:db8::1", "2001:db8:0:0:1::"],
    ["fe80::1%eth0", "fe80::2"],
    ["::1", "0:0:0:0:0:0:0:2"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
    ["64:ff9b::203.0.113.7", "64:ff9b::1"],
    ["garbage", "other garbage"],
    ["1:2:3", "1:2:3:4:5:6:7:8:9"],
    ["999.1.1", ""],
  ])("%s and %s are one", (one, other) => {
    expect(addressKey(one)).toBe(addressKey(other));
  });

  test.each([
    ["203.0.113.7", "203.0.113.8"],
    ["2001:db8:1:2::1", "2001:db8:1:3::1"],
    ["2001:db8::1", "2001:db8:0:1::1"],
    ["::ffff:203.0.113.7", "::ffff:203.0.113.8"],
    ["203.0.113.7", "garbage"],
  ])("%s and %s are two", (one, other) => {
    expect(addressKey(one)).not.toBe(addressKey(other));
  });

  test("no address is one key of its own", () => {
    expect(addressKey(null)).toBe("unknown");
  });

  test("every address of one /64 has one key", () => {
    const group = fc.integer({ min: 1, max: 0xffff }).map((number) => number.toString(16));
    const four = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(four, four, four, (prefix, one, other) => {
        const key = addressKey([...prefix, ...one].join(":"));
        return (
          key === addressKey([...prefix, ...other].join(":").toUpperCase()) &&
          key === addressKey(`${prefix.join(":")}::1`)
        );
      }),
    );
  });
});
