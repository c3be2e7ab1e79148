// Runtimes of 2024-11-05 (HTTP+SSE) through the proxy: the endpoint their stream names, whose it is, and what is posted.
import { describe, expect, inject, test } from "vitest";
import { withEndpoint } from "../../src/worker/endpoints/proxy/endpoint-event.ts";
import { call, type Door, door, echoed, freshKey, knock, mcpUrl, refusal, seen, token } from "./proxy-visit.ts";

const runtime = () => inject("runtimeUrl");
const tool = (name: string) => call("tools/call", { name, arguments: {} });

/** A door whose runtime's stream begins with `first` and goes on with `parts`, 60 ms apart. */
function streaming(first: string, parts: string[] = [], server: Parameters<typeof door>[0] = {}, keepAliveMs = 25_000) {
  const query = new URLSearchParams([["first", first], ["pause", "60"], ...parts.map((part) => ["part", part])]);
  return door({ behaviour: `/do/events/x?${query}`, ...server }, { limits: { keepAliveMs } });
}

async function streamed(at: Door, init: Parameters<typeof knock>[1] = {}): Promise<string> {
  return (await knock(at, { method: "GET", ...init })).text();
}

/** Where Alice is told to post by a stream that names this endpoint. */
async function given(named: string, at = streaming(`event: endpoint\ndata: ${named}\n\n`)): Promise<string> {
  const [, path = ""] = /^event: endpoint\ndata: (\S+)\n\n$/.exec(await streamed(at)) ?? [];
  return new URL(path, mcpUrl).href;
}

describe("P-116 the endpoint that a stream names", () => {
  const own = /^\/s\/support-api\/mcp\?mcpstack_endpoint=[\w-]+\.[\w-]{43}$/;
  test.each<[string, string, string[]]>([
    ["a path", "event: endpoint\ndata: /messages?sessionId=1\n\n", []],
    ["a URL of the runtime", `event: endpoint\ndata: ${inject("runtimeUrl")}/messages\n\n`, []],
    ["CR LF", "event: endpoint\r\ndata: /messages\r\n\r\n", []],
    ["CR", "event: endpoint\rdata: /messages\r\r", []],
    ["its data first", "data: /messages\nevent: endpoint\n\n", []],
    ["a byte order mark", "\ufeffevent: endpoint\ndata: /messages\n\n", []],
    ["split in its name, its data and its end", "event: end", ["point\nda", "ta: /mess", "ages\n", "\n"]],
    ["split between CR and LF", "event: endpoint\r", ["\ndata: /messages\r\n\r", "\n"]],
    ["behind comments and a retry time", ": hello\n\nretry: 10\n\n", [": still\n", "\nevent: endpoint\ndata: /m\n\n"]],
  ])("%s is replaced by one at the MCP URL", async (_, first, parts) => {
    const text = await streamed(streaming(first, [...parts, "event: message\ndata: {}\n\n"]));
    expect(/^data: ?(\/\S+)/m.exec(text)?.[1]).toMatch(own);
    expect(text).not.toContain("/mess");
    expect(text.endsWith("event: message\ndata: {}\n\n")).toBe(true);
    expect(text.match(/event: endpoint/g)).toHaveLength(1);
  });

  test("it passes at once with what came before it, and comments do not break it", async () => {
    const at = streaming("event: end", ["point\ndata: /m\n", "\n"], {}, 25);
    const text = await streamed(at);
    expect(text).toMatch(/^(?:: keepalive\n\n)+event: endpoint\ndata: \S+\n\n$/);
  });

  test("at the URL with a slash the endpoint has the slash too", async () => {
    const text = await streamed(streaming("event: endpoint\ndata: /m\n\n"), { url: `${mcpUrl}/` });
    expect(text).toContain("data: /s/support-api/mcp/?mcpstack_endpoint=");
  });

  test.each([
    ["an ordinary first event", 'event: message\ndata: {"x":"event: endpoint"}\n\n'],
    ["an endpoint after another event", "data: a\n\nevent: endpoint\ndata: /m\n\n"],
    ["an event that never ends", "event: message\ndata: half"],
    ["nothing", ": only\n\nretry: 1\n\n"],
    ["bytes that are no UTF-8 text", "data: \u00ff\u0000\u{1f600}\n\n"],
  ])("a stream of the later eras passes as it is: %s", async (_, first) => {
    expect(await streamed(streaming(first, ["\n"]))).toBe(`${first}\n`);
  });

  test("P-113 with a session it is Streamable HTTP, whose streams name no endpoint", async () => {
    const opened = await knock(door({ behaviour: "/do/status/x?code=200&mcp-session-id=s1" }));
    const headers = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
    const first = "event: endpoint\ndata: /m\n\n";
    expect(await streamed(streaming(first), { headers })).toBe(first);
  });
});

describe("P-116 what is posted there", () => {
  test("arrives at the runtime's own endpoint, with its own query alone, as the person", async () => {
    const key = freshKey();
    const url = await given(`/do/echo/${key}?sessionId=1`);
    const got = await echoed(await knock(door(), { url, message: tool("list_tickets") }));
    expect(got).toMatchObject({ method: "POST", url: `/do/echo/${key}?sessionId=1` });
    expect(got.headers.authorization).toBe("Bearer downstream-of-usr_alice000");
    expect(got.headers["x-mcpstack-assertion"]).toMatch(/^eyJ/);
  });

  test("the runtime's 202 and its refusals come back as they are", async () => {
    for (const [code, body] of [
      [202, "Accepted"],
      [400, "Invalid message"],
      [404, "Session not found"],
    ] as const) {
      const url = await given(`/do/status/x?code=${code}&type=text/plain&body=${encodeURIComponent(body)}`);
      const answer = await knock(door(), { url });
      expect([answer.status, await answer.text()]).toEqual([code, body]);
    }
  });

  test("21 each post is judged by the scopes of its tool", async () => {
    const key = freshKey();
    const url = await given(`/do/echo/${key}`);
    expect(await refusal(knock(door(), { url, message: tool("purge_tickets") }))).toMatchObject({
      status: 403,
      error: "insufficient_scope",
      scope: ["tickets.read", "tickets.admin"],
    });
    expect(await refusal(knock(door(), { url, bearer: null }))).toMatchObject({ status: 401 });
    expect((await seen(key)).hits).toEqual([]);
  });

  test("24 an endpoint of somebody else, of another server or of nobody is a 404 that reaches nobody", async () => {
    const key = freshKey();
    const url = await given(`/do/echo/${key}`);
    const other = await given(`/do/echo/${freshKey()}`);
    const [value = "", proof = ""] = [url, other].map((one, at) => one.split(at === 0 ? "=" : ".").at(-1));
    const [path] = value.split(".");
    const foreign: [string, () => Promise<Response>][] = [
      ["somebody else's", async () => knock(door(), { url, bearer: await token({ sub: "usr_bob00000" }) })],
      ["another server's", () => knock(door({ id: "srv_other000" }), { url })],
      ["of a runtime that has moved", () => knock(door({ runtimeUrl: `${inject("deadUrl")}/sse` }), { url })],
      ["with the proof of another path", () => knock(door(), { url: `${mcpUrl}?mcpstack_endpoint=${path}.${proof}` })],
      ["without a proof", () => knock(door(), { url: `${mcpUrl}?mcpstack_endpoint=${path}` })],
      ["empty", () => knock(door(), { url: `${mcpUrl}?mcpstack_endpoint=` })],
      ["with its parameter spelled in percent", () => knock(door(), { url: `${mcpUrl}?mcpstack%5Fendpoint=x.y` })],
      ["for a GET", () => knock(door(), { url, method: "GET" })],
      ["for a DELETE", () => knock(door(), { url, method: "DELETE" })],
    ];
    for (const [name, attempt] of foreign) {
      expect(await refusal(attempt()), name).toMatchObject({ status: 404, reason: "endpoint_not_yours" });
    }
    expect((await seen(key)).hits).toEqual([]);
  });
});

describe("26 an endpoint that points elsewhere", () => {
  test.each(["https://evil.example/messages", "//evil.example/m", "http://user:pw@127.0.0.1/m", "javascript:1"])(
    "%s ends the stream with a reason, for the client and in the log",
    async (named) => {
      const at = streaming(`: hello\n\nevent: endpoint\ndata: ${named}\n\n`, ["data: more\n\n"]);
      const text = await streamed(at);
      expect(text).toBe(": hello\n\n: runtime_endpoint_refused\n\n");
      expect(at.events).toMatchObject([
        { outcome: "ok", method: "GET" },
        {
          outcome: "failed",
          reason: "runtime_endpoint_refused",
          status: 502,
          field: "runtimeUrl",
          expected: `a path, or a URL at ${runtime()}`,
          attempt: "grt_alice000",
        },
      ]);
    },
  );

  test.each([
    ["names none passes unread", `data: ${"x".repeat(200_000)}`, "\n\nevent: endpoint\ndata: /m\n\n", true],
    ["names one ends the stream", `event: endpoint\ndata: /m\n: ${"x".repeat(70_000)}`, "\n\n", false],
  ])("too long a first event that %s", async (_, first, rest, passes) => {
    const source = new Blob([first]).stream();
    const chunks = new ReadableStream<Uint8Array>({
      async start(controller) {
        for await (const chunk of source) controller.enqueue(chunk);
        controller.enqueue(new TextEncoder().encode(rest));
        controller.close();
      },
    });
    const rule = { replace: async () => "/own", refuse: () => "refused" };
    expect(await new Response(withEndpoint(chunks, rule)).text()).toBe(passes ? first + rest : ": refused\n\n");
  });

  test("the runtime feels that its stream has ended", async () => {
    const key = freshKey();
    const first = encodeURIComponent("event: endpoint\ndata: //evil.example/\n\n");
    await streamed(door({ behaviour: `/do/events/${key}?first=${first}&stay=1` }));
    await expect.poll(async () => (await seen(key)).leftAt, { timeout: 1000 }).not.toBeNull();
  });
});

describe("a client of the later eras at a runtime of 2024-11-05", () => {
  test.each([
    [404, "Cannot POST /sse", "text/html"],
    [405, "", "text/plain"],
    [400, "no session", "text/plain"],
  ])("P-105 its first POST gets the runtime's %i untouched, so that it goes on to GET", async (code, body, type) => {
    const query = new URLSearchParams({ code: String(code), body, type });
    const answer = await knock(door({ behaviour: `/do/status/x?${query}` }), { message: call("initialize") });
    expect([answer.status, await answer.text(), answer.headers.get("content-type")]).toEqual([code, body, type]);
  });
});
