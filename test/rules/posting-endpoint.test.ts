// Streams of 2024-11-05: where an event ends, what it says, and which endpoints a runtime may name (P-116).
import { describe, expect, test } from "vitest";
import { blockLength, readBlock, withData } from "../../src/worker/oauth/event-block.ts";
import {
  endpointParameter,
  joinEndpoint,
  namedEndpoint,
  splitEndpoint,
} from "../../src/worker/oauth/posting-endpoint.ts";

describe("an event ends with an empty line", () => {
  test.each([
    ["", 0],
    ["data: a", 0],
    ["data: a\n", 0],
    ["data: a\r\n", 0],
    ["data: a\r", 0],
    ["data: a\n\n", 9],
    ["data: a\n\nrest", 9],
    ["data: a\r\n\r\nrest", 11],
    ["data: a\r\rrest", 9],
    ["data: a\r\n\nrest", 10],
    ["data: a\n\r\nrest", 10],
    ["a\r\nb\r\n\r\n", 8],
  ])("%j has %i characters of it", (text, length) => expect(blockLength(text)).toBe(length));
});

describe("WHATWG HTML §9.2.6 an event's fields", () => {
  test.each([
    ["event: endpoint\ndata: /m\n\n", { speaks: true, event: "endpoint", data: "/m" }],
    ["event:endpoint\r\ndata:/m\r\n\r\n", { speaks: true, event: "endpoint", data: "/m" }],
    ["data: /m\revent: endpoint\r\r", { speaks: true, event: "endpoint", data: "/m" }],
    ["event: a\nevent: endpoint\ndata: 1\ndata: 2\n\n", { speaks: true, event: "endpoint", data: "1\n2" }],
    ["event:  endpoint\ndata\n\n", { speaks: true, event: " endpoint", data: "" }],
    ["Event: endpoint\ndata: x\n\n", { speaks: true, event: null, data: "x" }],
    [": event: endpoint\nretry: 5\nid: 1\n\n", { speaks: false, event: null, data: "" }],
  ])("%j", (text, expected) => expect(readBlock(text)).toEqual(expected));
});

test.each([
  ["event: endpoint\ndata: /m\n\n", "event: endpoint\ndata: NEW\n\n"],
  ["id: 7\r\ndata:/m\r\nevent: endpoint\r\n\r\n", "id: 7\r\ndata: NEW\r\nevent: endpoint\r\n\r\n"],
  [": hi\rdata: /a\rdata: /b\r\r", ": hi\rdata: NEW\r\r"],
])("%j with other data keeps its fields, its order and its line ends", (text, expected) => {
  expect(withData(text, "NEW")).toBe(expected);
});

describe("26 an endpoint stays at the runtime's origin", () => {
  const stream = "https://r.example/tenant/sse?key=1";
  test.each([
    ["/messages?sessionId=1", "https://r.example/messages?sessionId=1"],
    ["messages?sessionId=1", "https://r.example/tenant/messages?sessionId=1"],
    ["?sessionId=1", "https://r.example/tenant/sse?sessionId=1"],
    ["https://r.example/messages#part", "https://r.example/messages"],
    ["HTTPS://R.EXAMPLE:443/m", "https://r.example/m"],
    [" /messages ", "https://r.example/messages"],
    ["/a/../../m", "https://r.example/m"],
    ["https://evil.example/messages", null],
    ["//evil.example/messages", null],
    ["\\\\evil.example/messages", null],
    ["http://r.example/messages", null],
    ["https://r.example:8443/messages", null],
    ["https://r.example.evil.example/m", null],
    ["https://user:secret@r.example/m", null],
    ["javascript:alert(1)", null],
    ["data:text/plain,x", null],
    ["https://", null],
    [`/${"x".repeat(5000)}`, null],
  ])("%j is %j", (named, expected) => expect(namedEndpoint(named, stream)?.href ?? null).toBe(expected));
});

describe("the endpoint that a client is given", () => {
  test("carries path and query, and comes back to the runtime of today", () => {
    const given = joinEndpoint("/s/a/mcp", new URL("https://r.example/m/ü?sessionId=1&x=%20"), "proof-1_");
    expect(given).toMatch(/^\/s\/a\/mcp\?mcpstack_endpoint=[\w-]+\.proof-1_$/);
    const value = new URL(given, "https://gw.example").searchParams.get(endpointParameter) ?? "";
    expect(splitEndpoint(value, "https://moved.example/sse")).toEqual({
      endpoint: new URL("https://moved.example/m/%C3%BC?sessionId=1&x=%20"),
      proof: "proof-1_",
    });
  });

  test.each([
    "",
    ".",
    "a",
    "a.",
    ".a",
    "a.b.c",
    "!.a",
    `${btoa("messages")}.a`,
    `${btoa("@evil.example/")}.a`,
    "_-8.a",
  ])("%j is none", (value) => expect(splitEndpoint(value, "https://r.example/sse")).toBeNull());
});
