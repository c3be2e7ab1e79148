// What of an event is kept: known members, cut short, and no URL with anything behind its path.
import { describe, expect, test } from "vitest";
import type { GatewayEvent } from "../../src/contract/events.ts";
import { withoutQueries } from "../../src/worker/oauth/shown-url.ts";
import { logEntry } from "../../src/worker/store/log-entry.ts";

const event: GatewayEvent = { event: "authorize", outcome: "refused", requestId: "req_1" };

describe("a line", () => {
  test("has the members of an event and no others, whatever is handed in", () => {
    const hostile = { ...event, headers: { authorization: "Bearer x" }, token: "x", arguments: { a: 1 } };
    expect(logEntry(hostile, 7)).toEqual({ ...event, at: 7, channel: "oauth" });
  });

  test("does not say whose log it is in: that is where it lies", () => {
    expect(logEntry({ ...event, organization: "org_1", gateway: "gw_1" }, 7)).toEqual(logEntry(event, 7));
  });

  test.each([
    ["clientName", 201],
    ["tool", 201],
    ["session", 201],
    ["seen", 501],
    ["expected", 501],
  ] as const)("%s is cut, so that nobody fills the log with one line", (name, length) => {
    expect(logEntry({ ...event, [name]: "x".repeat(10_000) }, 7)[name]).toHaveLength(length);
  });

  test("times are whole milliseconds", () => {
    expect(logEntry({ ...event, totalMs: 1.6, runtimeMs: 0.2 }, 7)).toMatchObject({ totalMs: 2, runtimeMs: 0 });
  });
});

describe("a URL in a line or on a page", () => {
  test.each([
    ["https://client.example/cb", "https://client.example/cb"],
    ["https://client.example/cb/", "https://client.example/cb/"],
    ["https://client.example/cb?code=1", "https://client.example/cb?…"],
    ["https://client.example/cb#token=1", "https://client.example/cb?…"],
    ["https://client.example?x=1#y", "https://client.example?…"],
    ["https://user:word@client.example/cb", "https://client.example/cb"],
    ["cursor://app/callback?secret=1", "cursor://app/callback?…"],
    ["com.example.app:/callback?secret=1", "com.example.app:/callback?…"],
    ["https://a.example/x?1 or https://b.example/y", "https://a.example/x?… or https://b.example/y"],
    ["iss https://auth.example.com/tenant", "iss https://auth.example.com/tenant"],
    ["invalid_grant: The token is gone", "invalid_grant: The token is gone"],
    ["http://127.0.0.1:33418/callback", "http://127.0.0.1:33418/callback"],
    ["HTTP 503", "HTTP 503"],
  ])("%s is kept as %s", (text, kept) => {
    expect(withoutQueries(text)).toBe(kept);
  });
});
