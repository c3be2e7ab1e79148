// Parameters of OAuth requests, PKCE values, and what of them may be shown again.
import { describe, expect, test } from "vitest";
import { printable, readParameters } from "../../src/worker/oauth/params.ts";
import { isChallenge, isVerifier } from "../../src/worker/oauth/pkce.ts";

const read = (query: string) => readParameters(new URLSearchParams(query));

describe("P-73 one value per parameter", () => {
  test.each([
    "client_id=a&client_id=b",
    "client_id=a&client_id=a",
    "state=&state=x",
    "state=x&state=",
    "code=1&c%6fde=2",
  ])("%s is refused", (query) => {
    expect(read(query)).toMatchObject({ ok: false, reason: "duplicate_parameter" });
  });

  test("P-52 two resources are refused, since a grant is for one server", () => {
    expect(read("resource=https://a.example/mcp&resource=https://b.example/mcp")).toMatchObject({
      ok: false,
      field: "resource",
    });
  });

  test.each([
    ["once", "utm_source=x&client_id=a"],
    ["repeated", "utm=1&utm=2&client_id=a"],
    [
      "with line breaks, as Entra writes error_description",
      "error_description=AADSTS65004%3a+No.%0d%0aTrace&client_id=a",
    ],
    ["endless", `junk=${"x".repeat(20_000)}&client_id=a`],
    ["named like a member of every object", "__proto__=1&__proto__=2&constructor=3&client_id=a"],
  ])("unknown parameters are ignored: %s", (_, query) => {
    const answer = read(query);
    expect(answer.ok && [...answer.parameters]).toEqual([["client_id", "a"]]);
  });

  test("RFC 6749 §3.1 a parameter without a value counts as absent", () => {
    const answer = read("client_id=a&scope=&resource");
    expect(answer.ok && [...answer.parameters.keys()]).toEqual(["client_id"]);
  });

  test("names are case-sensitive", () => {
    const answer = read("Client_Id=a&CLIENT_ID=b");
    expect(answer.ok && answer.parameters.size).toBe(0);
  });

  test.each(["%00", "a%0ab", "%0d%0aLocation:x", "%1f", "%7f", "%09"])(
    "a control character is refused: %s",
    (value) => {
      expect(read(`state=${value}`)).toMatchObject({ ok: false, reason: "malformed_request", field: "state" });
    },
  );

  test.each([
    [8_192, true],
    [16_384, true],
    [16_385, false],
  ])("a state of %i characters is read: %s", (length, ok) => {
    const answer = read(`state=${"x".repeat(length)}`);
    expect(answer.ok).toBe(ok);
    if (!answer.ok) expect(answer.reason).toBe("request_too_large");
  });

  test("state comes through unchanged, whatever it looks like", () => {
    const state = 'a/b+c=.d~e{"f":1} ü <x>';
    const answer = readParameters(new URLSearchParams({ state }));
    expect(answer.ok && answer.parameters.get("state")).toBe(state);
  });

  test("a refusal names the field and never quotes the value", () => {
    expect(JSON.stringify(read("code=very-secret&code=other"))).not.toContain("secret");
    expect(JSON.stringify(read("client_secret=very-secret%00"))).not.toContain("very-secret");
  });
});

describe("P-51 PKCE values", () => {
  const hash = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  test.each([
    ["an S256 challenge (RFC 7636 appendix B)", hash, true],
    ["too short", hash.slice(1), false],
    ["too long", `${hash}x`, false],
    ["padded", `${hash.slice(1)}=`, false],
    ["plain base64", `${hash.slice(1)}+`, false],
    ["with a line break after it", `${hash}\n`, false],
    ["a verifier's further characters", `${hash.slice(1)}~`, false],
    ["empty", "", false],
  ])("challenge: %s", (_, value, ok) => {
    expect(isChallenge(value)).toBe(ok);
  });

  test.each([
    ["42 characters", "a".repeat(42), false],
    ["43 characters", "a".repeat(43), true],
    ["86 characters (Gemini)", "a".repeat(86), true],
    ["128 characters with all unreserved marks (Python)", `-._~${"A".repeat(124)}`, true],
    ["129 characters", "a".repeat(129), false],
    ["a character that is not unreserved", `${"a".repeat(43)}+`, false],
    ["a line break after it", `${"a".repeat(43)}\n`, false],
  ])("verifier: %s", (_, value, ok) => {
    expect(isVerifier(value)).toBe(ok);
  });
});

describe("what came from outside is shown harmlessly", () => {
  test.each([
    ['"quoted" \\ back', "'quoted' ' back"],
    ["line\r\nbreak\0", "line??break?"],
    ["\u202Eevil", "?evil"],
    ["plain text.", "plain text."],
  ])("%j", (value, shown) => {
    expect(printable(value)).toBe(shown);
  });

  test("it is cut", () => {
    expect(printable("x".repeat(500))).toBe(`${"x".repeat(120)}…`);
  });
});
