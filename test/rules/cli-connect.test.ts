// The parts of a test authorization that must hold against anybody: listener, answer, events, browser.
import { describe, expect, test } from "vitest";
import { authorizationRequest, codeOf } from "../../src/cli/connect/authorize.ts";
import { browserCommand } from "../../src/cli/connect/browser.ts";
import { listen } from "../../src/cli/connect/loopback.ts";
import { eventsOf } from "../../src/cli/connect/mcp.ts";

const server = {
  issuer: "https://gateway.example/s/a",
  authorization_endpoint: "https://gateway.example/s/a/authorize?fixed=1",
  token_endpoint: "https://gateway.example/s/a/token",
  code_challenge_methods_supported: ["S256"],
  authorization_response_iss_parameter_supported: true,
};

test("an authorization request carries PKCE, state and resource, keeps the endpoint's query, and repeats nothing", () => {
  const asked = { clientId: "c", redirectUri: "http://127.0.0.1:1/callback", resource: "https://r", scope: "a b" };
  const [first, second] = [authorizationRequest(server, asked), authorizationRequest(server, asked)];
  const query = Object.fromEntries(first.url.searchParams);
  expect(query).toMatchObject({ fixed: "1", response_type: "code", code_challenge_method: "S256", scope: "a b" });
  expect(query).toMatchObject({ client_id: "c", resource: "https://r", state: first.state });
  expect(first.verifier).toMatch(/^[\w-]{43}$/);
  expect(query.code_challenge).toMatch(/^[\w-]{43}$/);
  expect(first.url.href).not.toContain(first.verifier);
  expect([second.verifier, second.state]).not.toEqual([first.verifier, first.state]);
});

describe("the answer at the redirect URI", () => {
  test("with code and iss is a code", () => {
    expect(codeOf(new URLSearchParams({ code: "x", iss: server.issuer }), server).value).toBe("x");
  });

  test.each([
    ["RFC 9207 §2.4 another issuer", { code: "x", iss: "https://evil.example" }, /not from this issuer/],
    [
      "RFC 9207 §2.4 an issuer that differs in a slash",
      { code: "x", iss: `${server.issuer}/` },
      /not from this issuer/,
    ],
    ["RFC 9207 §2.4 no issuer although it was promised", { code: "x" }, /not from this issuer/],
    [
      "an error, even beside a code",
      { code: "x", error: "access_denied", iss: server.issuer },
      /refused: access_denied/,
    ],
    ["neither code nor error", { iss: server.issuer }, /no code/],
  ])("%s is refused", (_, answer, why) => {
    expect(() => codeOf(new URLSearchParams(answer), server)).toThrow(why);
  });

  test("an error's attempt is found in its description", () => {
    const error_description = "The person chose not to allow the app. Attempt grt_abc-1_2.";
    expect(() =>
      codeOf(new URLSearchParams({ error: "access_denied", error_description, iss: server.issuer }), server),
    ).toThrow(expect.objectContaining({ detail: expect.objectContaining({ attempt: "grt_abc-1_2" }) }));
  });
});

test("RFC 6749 §10.12 the listener takes the one answer with its own state, from its own path, once", async () => {
  const loopback = await listen();
  try {
    const answer = loopback.answer("mine", 5000);
    const knock = async (to: string, method = "GET") =>
      (await fetch(new URL(to, loopback.redirectUri), { method })).status;
    expect(loopback.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    expect(await knock("/callback?state=other&code=forged")).toBe(400);
    expect(await knock("/callback?code=forged")).toBe(400);
    expect(await knock("/elsewhere?state=mine&code=forged")).toBe(404);
    expect(await knock("/callback?state=mine&code=forged", "POST")).toBe(404);
    expect(await knock("/callback?state=mine&code=real")).toBe(200);
    expect((await answer).get("code")).toBe("real");
    expect(await knock("/callback?state=mine&code=again")).toBe(400);
  } finally {
    loopback.close();
  }
});

describe("events of a stream", () => {
  const whole =
    ': keepalive\r\n\r\nevent: message\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:two\n\nid: 3\n\ndata: cut off';
  test.each([1, 2, 3, 7, 1000])("come out the same in chunks of %i bytes", async (size) => {
    const bytes = new TextEncoder().encode(whole);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const seen: string[] = [];
    for await (const data of eventsOf(new Response(body))) seen.push(data);
    expect(seen).toEqual(['{"a":\n1}', "two"]);
  });
});

describe("the browser is opened by a program and a list of words, never by a shell", () => {
  const url = "https://gateway.example/authorize?a=1&b='$(x)'";
  test.each([
    ["linux", {}, ["xdg-open", url]],
    ["darwin", {}, ["open", url]],
    ["win32", {}, ["rundll32", "url.dll,FileProtocolHandler", url]],
    ["linux", { BROWSER: "firefox" }, ["firefox", url]],
    ["linux", { BROWSER: "firefox --new-window:chromium" }, ["firefox", "--new-window", url]],
    ["linux", { BROWSER: "w3m -o x=%s" }, ["w3m", "-o", `x=${url}`]],
    ["darwin", { BROWSER: "none" }, null],
  ] as const)("%s %j", (platform, environment, expected) => {
    expect(browserCommand(url, platform, environment)).toEqual(expected);
  });
});
