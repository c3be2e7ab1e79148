// What a JSON-RPC body says to the proxy, and what headers may say beside it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readEnvelope } from "../../src/worker/oauth/envelope.ts";
import { JsonCursor } from "../../src/worker/oauth/json-cursor.ts";
import { decodeHeader, headerFault } from "../../src/worker/oauth/mirrored-headers.ts";

const versionKey = "io.modelcontextprotocol/protocolVersion";

function isJson(text: string, read: (text: string) => unknown): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}

const walk = (text: string) => {
  const cursor = new JsonCursor(text);
  cursor.skip();
  cursor.end();
};

describe("the reader accepts exactly what JSON is", () => {
  test.each([
    "",
    " ",
    "nul",
    "nulll",
    "{} {}",
    "[1,]",
    "[,1]",
    '{"a":1,}',
    '{"a" 1}',
    "{a:1}",
    "{'a':1}",
    '{"a":1 "b":2}',
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "NaN",
    "Infinity",
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
    '"open',
    '"\\',
    "/* c */1",
    "1 // c",
    "\u00a01",
    "\ufeff1",
    "[1}",
    '{"a":1]',
    "[",
    "{",
  ])("refuses %j", (text) => {
    expect(isJson(text, JSON.parse)).toBe(false);
    expect(isJson(text, walk)).toBe(false);
  });

  test("agrees with JSON.parse on any value, spaced in any way", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom("", " ", "\n\t", "\r\n"), (text, space) => {
        walk(space + text + space);
      }),
    );
  });

  test("agrees with JSON.parse on JSON with a character changed", () => {
    const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom(..."{}[]\",:\\0e-. \n'"));
    fc.assert(
      fc.property(broken, ([text, at, character]) => {
        const cut = at % (text.length + 1);
        const changed = text.slice(0, cut) + character + text.slice(cut + 1);
        expect(isJson(changed, walk)).toBe(isJson(changed, JSON.parse));
      }),
      { numRuns: 2000 },
    );
  });

  test("agrees with JSON.parse on long strings, wherever in them an escape, a control character or the end stands", () => {
    const signs = [
      "\\n",
      '\\"',
      "\\\\",
      "\\u0041",
      "\\u12",
      "\\x",
      "\\",
      "\n",
      "\u0000",
      "\u001f",
      " ",
      "\u007f",
      "ü",
      "\ud800",
      '"',
      "",
    ];
    for (const length of [62, 63, 64, 65, 66, 128, 129, 1000]) {
      for (const sign of signs) {
        for (const at of [0, 1, 63, 64, 65, length - 1, length]) {
          const plain = "x".repeat(length);
          const text = `"${plain.slice(0, at)}${sign}${plain.slice(at)}"`;
          expect(isJson(text, walk), text).toBe(isJson(text, JSON.parse));
          expect(isJson(`{"a":${text},"b":"${plain}"}`, walk)).toBe(isJson(`{"a":${text},"b":"${plain}"}`, JSON.parse));
        }
      }
    }
  });

  test("agrees with JSON.parse on long texts of escapes and quotes", () => {
    const pieces = fc.constantFrom("x".repeat(70), "y", "\\n", '\\"', "\\\\", '"', ",", "\\u00e9", "\t");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const text = `["${parts.join("")}"]`;
        expect(isJson(text, walk)).toBe(isJson(text, JSON.parse));
      }),
      { numRuns: 2000 },
    );
  });

  test("a long string of escapes, and one that never ends, are read in one pass, or this would never end", () => {
    const megabytes = `${"\\n".repeat(1e6)}${"x".repeat(1e6)}${'\\"'.repeat(1e6)}`;
    expect(isJson(`"${megabytes}"`, walk)).toBe(true);
    expect(isJson(`"${megabytes}`, walk)).toBe(false);
  });

  test("nesting deeper than any message is refused before it costs a stack", () => {
    expect(readEnvelope(`{"method":"x","params":{"arguments":${"[".repeat(1e6)}`)).toMatchObject({ rpcCode: -32700 });
  });
});

test.each([
  [
    { method: "ping", id: 1 },
    { kind: "request", method: "ping", id: 1 },
  ],
  [{ method: "ping", id: "-7" }, { id: "-7" }],
  [{ method: "ping", id: -7 }, { id: -7 }],
  [
    { method: "ping", id: 0.5 },
    { kind: "request", id: null },
  ],
  [
    { method: "ping", id: 2 ** 60 },
    { kind: "request", id: null },
  ],
  [
    { method: "ping", id: { a: 1 } },
    { kind: "request", id: null },
  ],
  [
    { method: "ping", id: null },
    { kind: "request", id: null },
  ],
  [{ method: "notifications/initialized" }, { kind: "notification", id: null }],
  [
    { id: 1, result: { method: "tools/call" } },
    { kind: "response", method: null, id: null },
  ],
  [{ id: 1, method: "tools/call", params: { name: "a", arguments: { name: "b" } } }, { name: "a" }],
  [{ id: 1, params: { name: "late" }, method: "tools/call" }, { name: "late" }],
  [{ id: 1, method: "tools/call", params: { name: 7 } }, { name: null }],
  [{ id: 1, method: "tools/call", params: ["a"] }, { name: null }],
  [{ id: 1, method: "resources/read", params: { uri: "file:///a" } }, { uri: "file:///a" }],
  [{ id: 1, method: "x", params: { _meta: { [versionKey]: "2026-07-28" } } }, { protocolVersion: "2026-07-28" }],
  [{ id: 1, method: "x", params: { arguments: { _meta: { [versionKey]: "1" } } } }, { protocolVersion: null }],
])("%j is read as %j", (message, expected) => {
  const envelope = readEnvelope(JSON.stringify(message));
  expect(envelope).toMatchObject({ ok: true, batch: false, messages: [expected] });
});

test("an escaped member name is the name it stands for", () => {
  const envelope = readEnvelope('{"id":1,"\\u006dethod":"tools/call","params":{"n\\u0061me":"\\u0061"}}');
  expect(envelope).toMatchObject({ messages: [{ method: "tools/call", name: "a" }] });
});

test.each([
  ["method twice", '{"method":"tools/list","method":"tools/call","id":1}'],
  ["method twice, once escaped", '{"method":"tools/list","\\u006dethod":"tools/call","id":1}'],
  ["params twice", '{"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}}'],
  ["name twice", '{"method":"tools/call","params":{"name":"a","name":"b"}}'],
  ["the version twice", `{"method":"x","params":{"_meta":{"${versionKey}":"1","${versionKey}":"2"}}}`],
  ["Method beside method", '{"method":"tools/list","Method":"tools/call"}'],
  ["Method instead of method", '{"Method":"tools/call","params":{"name":"b"}}'],
  ["Params", '{"method":"tools/call","PARAMS":{"name":"b"}}'],
  ["a long s, which folds to s", '{"method":"tools/call","param\u017f":{"name":"b"}}'],
  ["Name beside name", '{"method":"tools/call","params":{"name":"a","Name":"b"}}'],
  ["method that is not a string", '{"method":["tools/call"],"id":1}'],
  ["a bare string", '"tools/call"'],
  ["an empty batch", "[]"],
  ["a batch with something else", '[{"method":"ping"},1]'],
  ["a nested batch", '[[{"method":"ping"}]]'],
  ["a thousand messages", JSON.stringify(Array.from({ length: 1000 }, () => ({ method: "ping" })))],
])("22 a body that two parsers could read differently is refused: %s", (_, text) => {
  expect(readEnvelope(text)).toMatchObject({ ok: false, rpcCode: -32600 });
});

describe("P-100 headers repeat the body or the request is refused", () => {
  const modern = { protocolVersion: "2026-07-28", method: "tools/call", name: "safe" };
  const legacy = { protocolVersion: "2025-11-25", method: null, name: null };
  const request = (name: string | null, extra = {}) => ({
    kind: "request" as const,
    id: 1,
    method: "tools/call",
    name,
    uri: null,
    taskId: null,
    protocolVersion: null,
    ...extra,
  });
  const cases: [string, Parameters<typeof headerFault>[0], ReturnType<typeof request>, string | null][] = [
    ["all agree", modern, request("safe"), null],
    ["the name differs", modern, request("dangerous"), "Mcp-Name"],
    ["the name differs in case", modern, request("Safe"), "Mcp-Name"],
    ["the method differs", { ...modern, method: "tools/list" }, request("safe"), "Mcp-Method"],
    ["the method differs in case", { ...modern, method: "Tools/call" }, request("safe"), "Mcp-Method"],
    ["the method is missing", { ...modern, method: null }, request("safe"), "Mcp-Method"],
    ["the name is missing", { ...modern, name: null }, request("safe"), "Mcp-Name"],
    ["a later revision is held to it too", { ...modern, protocolVersion: "2027-01-01" }, request("x"), "Mcp-Name"],
    ["base64 of the same name", { ...modern, name: "=?base64?c2FmZQ==?=" }, request("safe"), null],
    ["base64 of another name", { ...modern, name: "=?base64?c2FmZQ==?=" }, request("dangerous"), "Mcp-Name"],
    ["broken base64", { ...modern, name: "=?base64?%%?=" }, request("=?base64?%%?="), "Mcp-Name"],
    ["two methods in one header", { ...modern, method: "tools/call, tools/list" }, request("safe"), "Mcp-Method"],
    [
      "two versions in one header",
      { ...modern, protocolVersion: "2025-03-26, 2026-07-28" },
      request("safe"),
      "MCP-Protocol-Version",
    ],
    ["_meta names another version", modern, request("safe", { protocolVersion: "2025-11-25" }), "MCP-Protocol-Version"],
    [
      "_meta alone names a modern version",
      { ...legacy, protocolVersion: null },
      request("safe", { protocolVersion: "2026-07-28" }),
      "MCP-Protocol-Version",
    ],
    ["a legacy request without them", legacy, request("safe"), null],
    ["a request without a version", { ...legacy, protocolVersion: null }, request("safe"), null],
    [
      "a legacy request that sends them rightly",
      { ...legacy, method: "tools/call", name: "safe" },
      request("safe"),
      null,
    ],
    ["a legacy request with a forged method", { ...legacy, method: "tools/list" }, request("safe"), "Mcp-Method"],
    ["a legacy request with a forged name", { ...legacy, name: "safe" }, request("dangerous"), "Mcp-Name"],
    ["an unknown version passes on", { ...legacy, protocolVersion: "draft" }, request("safe"), null],
    [
      "a modern notification may omit them",
      { ...modern, method: null, name: null },
      { ...request(null), kind: "notification" as never },
      null,
    ],
  ];
  test.each(cases)("%s", (_, headers, message, field) => {
    const fault = headerFault(headers, false, [message]);
    expect(fault?.field ?? null).toBe(field);
    if (fault) expect(fault).toMatchObject({ reason: "header_mismatch", rpcCode: -32020 });
  });

  test.each([
    [null, true],
    ["2025-03-26", true],
    ["2025-06-18", false],
    ["2026-07-28", false],
    ["draft", false],
    ["2025-03-26, 2025-06-18", false],
  ])("P-112 a batch under version %j passes: %j", (protocolVersion, passes) => {
    const fault = headerFault({ protocolVersion, method: null, name: null }, true, [request("a"), request("b")]);
    expect(fault === null).toBe(passes);
  });

  test.each([
    ["plain", "plain"],
    ["=?base64?w7w=?=", "ü"],
    ["=?base64?/w==?=", undefined],
    ["=?base64?w7w=", undefined],
  ])("%s is decoded to %j", (header, value) => expect(decodeHeader(header)).toBe(value));
});
