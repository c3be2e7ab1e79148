// What a token endpoint's answer means, as a table.
import { describe, expect, test } from "vitest";
import { readRetryAfter, readTokenAnswer } from "../../src/worker/oauth/token-response.ts";

const now = 1_795_262_400;

function answer(status: number, body: unknown, headers: { contentType?: string; retryAfter?: string } = {}) {
  return readTokenAnswer(
    {
      status,
      contentType: headers.contentType ?? "application/json",
      retryAfter: headers.retryAfter ?? null,
      body: typeof body === "string" ? body : JSON.stringify(body),
    },
    now,
  );
}

describe("tokens", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      "a full answer",
      { token_type: "Bearer", expires_in: 600, refresh_token: "r", scope: "a b", id_token: "i" },
      { expiresIn: 600, refreshToken: "r", scope: ["a", "b"], idToken: "i" },
    ],
    ["nothing but the token", {}, { expiresIn: null, refreshToken: null, scope: null, idToken: null }],
    ["numbers as text", { expires_in: "3600" }, { expiresIn: 3600 }],
    ["a lifetime that is none", { expires_in: 0 }, { expiresIn: null }],
    ["a lifetime that is no number", { expires_in: "soon" }, { expiresIn: null }],
    [
      "null members",
      { refresh_token: null, scope: null, expires_in: null },
      { refreshToken: null, scope: null, expiresIn: null },
    ],
    ["an empty refresh token", { refresh_token: "" }, { refreshToken: null }],
    ["an empty scope", { scope: "" }, { scope: [] }],
    ["scopes as a list", { scope: ["a", "b"] }, { scope: ["a", "b"] }],
    ["the type in any case", { token_type: "bEARER" }, { expiresIn: null }],
  ])("%s", (_name, members, expected) => {
    const read = answer(200, { access_token: "t", ...members });
    expect(read).toMatchObject({ kind: "tokens", tokens: { accessToken: "t", ...expected } });
  });

  test("JSON counts even when the content type denies it: a rotated refresh token must not be lost", () => {
    const read = answer(200, { access_token: "t", refresh_token: "r" }, { contentType: "text/plain" });
    expect(read).toMatchObject({ kind: "tokens", tokens: { refreshToken: "r" } });
  });
});

describe("errors", () => {
  test.each<[string, number, unknown, string]>([
    ["a refusal", 400, { error: "invalid_grant", error_description: "expired" }, "invalid_grant: expired"],
    ["a refusal with status 200", 200, { error: "bad_verification_code" }, "bad_verification_code"],
    ["a refusal beside a token", 200, { error: "invalid_grant", access_token: "t" }, "invalid_grant"],
    [
      "control characters",
      400,
      { error: "invalid_grant", error_description: "AADSTS70008:\r\n\u0000x" },
      "invalid_grant: AADSTS70008: x",
    ],
    ["401 without a body is the client's", 401, "", "status 401"],
  ])("%s", (_name, status, body, seen) => {
    expect(answer(status, body)).toMatchObject({ kind: "error", seen });
  });
});

describe("faults", () => {
  test.each<[string, number, unknown]>([
    ["500", 500, "x"],
    ["503 with invalid_grant", 503, { error: "invalid_grant" }],
    ["429 with invalid_grant", 429, { error: "invalid_grant" }],
    ["server_error", 400, { error: "server_error" }],
    ["temporarily_unavailable", 400, { error: "temporarily_unavailable" }],
    ["HTML with 200", 200, "<html>"],
    ["HTML with 403", 403, "<html>"],
    ["an array", 200, []],
    ["null", 200, "null"],
    ["nothing", 200, ""],
    ["no token", 200, { token_type: "Bearer" }],
    ["a token that is no text", 200, { access_token: 5 }],
    ["a token with a line break", 200, { access_token: "a\r\nb" }],
    ["another token type", 200, { access_token: "t", token_type: "DPoP" }],
    ["a 400 that names no error", 400, { message: "no" }],
  ])("%s is not a verdict", (_name, status, body) => {
    expect(answer(status, body).kind).toBe("fault");
  });

  test("what the body said is not repeated", () => {
    const read = answer(200, "<html>internal secret</html>", { contentType: "text/html" });
    expect(read).toEqual({ kind: "fault", seen: "status 200, text/html, no JSON object", retryAfter: null });
  });

  test.each([
    ["120", 120],
    [" 7 ", 7],
    [new Date((now + 30) * 1000).toUTCString(), 30],
    [new Date((now - 30) * 1000).toUTCString(), 0],
    ["soon", null],
    ["-5", null],
    [null, null],
  ])("Retry-After %j is %j seconds", (header, seconds) => {
    expect(readRetryAfter(header, now)).toBe(seconds);
  });
});
