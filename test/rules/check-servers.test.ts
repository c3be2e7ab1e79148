// The doctor at a server: its runtime, and the public MCP URL as clients meet it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clientRequests } from "../../src/contract/client-requests.ts";
import { assertion, examine, publicOrigin, serverOf, speaksMcp, startRuntime } from "../rig/doctor.ts";

const closing: (() => Promise<void>)[] = [];
beforeEach(() => void closing.splice(0));
afterEach(() => Promise.all(closing.map((close) => close())));

async function runtime(answer: Parameters<typeof startRuntime>[0]) {
  const started = await startRuntime(answer);
  closing.push(started.close);
  return started;
}

const guarded = () =>
  runtime(({ headers }, body) =>
    headers["x-mcpstack-assertion"] === assertion ? speaksMcp(body) : { status: 401, body: { error: "unauthorized" } },
  );
const at = (runtimeUrl: string) => ({ servers: [serverOf({ runtimeUrl })] });

describe("the runtime", () => {
  test("a good one answers, speaks MCP and refuses strangers", async () => {
    const { url, asked } = await guarded();
    const { of } = await examine({}, at(url));
    expect(of("runtime.reachable")).toMatchObject({
      status: "pass",
      server: "support-api",
      seen: `${url}: status 401`,
    });
    expect(of("runtime.mcp")).toMatchObject({ status: "pass", seen: "protocol 2025-11-25 2026-07-28" });
    expect(of("runtime.assertion")).toMatchObject({ status: "pass", seen: "initialize: 401; server/discover: 401" });
    const opened = asked.filter(({ headers }) => headers["mcp-session-id"] !== undefined);
    expect(opened.map(({ method }) => method)).toEqual(["DELETE", "DELETE"]);
  });

  test("one without the assertion check is open to whoever finds it", async () => {
    const { url } = await runtime((_request, body) => speaksMcp(body));
    const { of } = await examine({}, at(url));
    expect(of("runtime.assertion")).toMatchObject({
      ...{ status: "fail", reason: "runtime_open", server: "support-api", field: "runtimeUrl" },
      expected: "401 or 403 without X-MCPStack-Assertion",
      seen: "initialize: 200 with a result; server/discover: 200 with a result",
      fix: expect.stringContaining("Verify X-MCPStack-Assertion"),
    });
  });

  test("one that answers strangers as server-sent events is open as well", async () => {
    const { url } = await runtime((_request, body) => {
      const { body: said } = speaksMcp(body);
      const headers = { "content-type": "text/event-stream" };
      return { status: 200, headers, body: `event: message\ndata: ${JSON.stringify(said)}\n\n` };
    });
    expect((await examine({}, at(url))).of("runtime.assertion").status).toBe("fail");
  });

  test("one that is down", async () => {
    const { of } = await examine({}, at("http://127.0.0.1:1/mcp"));
    expect(of("runtime.reachable")).toMatchObject({
      ...{ status: "fail", reason: "runtime_unavailable", field: "runtimeUrl" },
      seen: "http://127.0.0.1:1/mcp: no connection",
    });
    expect(of("runtime.mcp")).toMatchObject({ status: "skip", seen: "the runtime did not answer" });
    expect(of("runtime.assertion").status).toBe("skip");
  });

  test.each([
    ["redirects", { status: 307, headers: { location: "/elsewhere" } }, "runtime.reachable", "runtime_redirected"],
    ["fails", { status: 503 }, "runtime.reachable", "runtime_unavailable"],
    ["is not there", { status: 404 }, "runtime.mcp", "runtime_not_mcp"],
    ["is a web page", { status: 200, body: "<html>canary</html>" }, "runtime.mcp", "runtime_not_mcp"],
  ])("an address that %s", async (_name, answer, check, reason) => {
    const { url } = await runtime(() => answer);
    const { of, all } = await examine({}, at(url));
    expect(of(check)).toMatchObject({ status: "fail", reason, field: "runtimeUrl" });
    expect(JSON.stringify(all)).not.toContain("canary");
  });

  test("one that refuses the assertion of nobody is for Connect to judge", async () => {
    const { url } = await runtime(() => ({ status: 403 }));
    const { of } = await examine({}, at(url));
    expect(of("runtime.mcp")).toMatchObject({ status: "warn", reason: "runtime_refused" });
    expect(of("runtime.mcp").fix).toContain("Run Connect");
    expect(of("runtime.assertion").status).toBe("pass");
  });

  describe("one of 2024-11-05", () => {
    /** Only GET is answered, with a stream that stays open behind these words. */
    async function streaming(begin: string, { assertions = true, status = 200 } = {}) {
      const closed: string[] = [];
      const server = createServer((request, response) => {
        const known = request.headers["x-mcpstack-assertion"] === assertion;
        if (assertions && !known) return response.writeHead(401).end();
        if (request.method !== "GET") return response.writeHead(404, { "content-type": "text/html" }).end();
        response.writeHead(status, { "content-type": "text/event-stream; charset=utf-8" }).write(begin);
        return response.on("close", () => closed.push(known ? "signed" : "bare"));
      });
      await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
      closing.push(async () => {
        server.closeAllConnections();
        server.close();
      });
      return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`, closed };
    }
    const named = "event: endpoint\ndata: /messages?sessionId=canary\n\n";

    test("P-116 is told apart from what is no MCP server, and its stream is closed", async () => {
      const { url, closed } = await streaming(`: hello\n\nretry: 5\n\n${named}`);
      const began = performance.now();
      const { of, all } = await examine({}, at(url));
      expect(performance.now() - began).toBeLessThan(900);
      expect(of("runtime.reachable")).toMatchObject({ status: "pass", seen: `${url}: GET 401` });
      expect(of("runtime.mcp")).toMatchObject({
        ...{ status: "warn", reason: "runtime_older_transport", server: "support-api" },
        seen: "an event stream that begins with an endpoint (protocol 2024-11-05)",
        fix: expect.stringContaining("Streamable HTTP"),
      });
      expect(of("runtime.assertion")).toMatchObject({ status: "pass", seen: "GET: 401" });
      expect(JSON.stringify(all)).not.toContain("canary");
      await expect.poll(() => closed).toEqual(["signed"]);
    });

    test("whose stream anybody may open is open to whoever finds it", async () => {
      const { url, closed } = await streaming(named, { assertions: false });
      const { of } = await examine({}, at(url));
      expect(of("runtime.mcp").reason).toBe("runtime_older_transport");
      expect(of("runtime.assertion")).toMatchObject({
        ...{ status: "fail", reason: "runtime_open", seen: "GET: 200 with a stream", field: "runtimeUrl" },
      });
      await expect.poll(() => closed.toSorted()).toEqual(["bare", "signed"]);
    });

    test.each([
      ["https://evil.example/messages?canary=1", "https://evil.example"],
      ["//evil.example/canary", "http://evil.example"],
      ["http://", "no URL"],
    ])("whose endpoint is at %s is refused as the proxy refuses it", async (endpoint, seen) => {
      const { url } = await streaming(`event: endpoint\ndata: ${endpoint}\n\n`);
      const { of, all } = await examine({}, at(url));
      expect(of("runtime.mcp")).toMatchObject({
        ...{ status: "fail", reason: "runtime_endpoint_refused", field: "runtimeUrl" },
        expected: `a path, or a URL at ${new URL(url).origin}`,
        seen: `an event stream that begins with an endpoint at ${seen}`,
      });
      expect(JSON.stringify(all)).not.toContain("canary");
    });

    test.each([
      ["that never says anything", "", 200],
      ["that has not ended its event in time", "event: endpoint\ndata: /m\n", 200],
      ["that begins with a message", `data: {}\n\n${named}`, 200],
      ["whose event does not end", `event: endpoint\ndata: ${"x".repeat(70_000)}`, 200],
      ["of an error page", named, 500],
    ])("a stream %s is none of it, and is not waited for", async (_name, begin, status) => {
      const { url, closed } = await streaming(begin, { status });
      const began = performance.now();
      const { of } = await examine({}, at(url), { timeout: 400 });
      expect(performance.now() - began).toBeLessThan(2500);
      expect(of("runtime.mcp")).toMatchObject({ status: "fail", reason: "runtime_not_mcp" });
      await expect.poll(() => closed).toEqual(["signed"]);
    });

    test("a runtime that speaks MCP by POST is not asked for a stream", async () => {
      const { url, asked } = await guarded();
      await examine({}, at(url));
      expect(asked.map(({ method }) => method)).not.toContain("GET");
    });
  });

  test("one inside the network is refused before any request", async () => {
    const { url, asked } = await guarded();
    const { of } = await examine({}, at(url), { allowPrivateNetwork: false });
    expect(of("runtime.reachable")).toMatchObject({ status: "fail", reason: "runtime_unavailable" });
    expect(asked).toHaveLength(0);
  });

  test("several servers follow one another within a check, and those left out are named", async () => {
    const { url } = await guarded();
    const servers = ["one", "two"].map((slug) => serverOf({ slug, runtimeUrl: url }));
    const { all, of } = await examine({}, { servers, leftOut: ["three"] });
    const named = all.filter(({ check }) => check === "runtime.mcp").map(({ server }) => server);
    expect(named).toEqual(["one", "two"]);
    expect(of("servers")).toMatchObject({ status: "skip", seen: "one two; not looked at: three" });
  });
});

describe("the public MCP URL", () => {
  const names = clientRequests.map(({ client }) => client).join(", ");
  const metadata = `${publicOrigin}/.well-known/oauth-protected-resource/s/support-api/mcp`;

  test("from inside, where the Worker cannot call its own host, and it says so", async () => {
    const { of } = await examine({}, { servers: [serverOf({ mcpUrl: "http://127.0.0.1:1/s/support-api/mcp" })] });
    const count = clientRequests.length;
    expect(of("mcp-url.challenge")).toMatchObject({
      ...{ status: "pass", seen: `seen from inside: ${count} of ${count}: ${names}` },
    });
    expect(of("mcp-url.metadata")).toMatchObject({ status: "pass", seen: expect.stringContaining("seen from inside") });
  });

  test("over the network each client knocks in its own way", async () => {
    const front = await runtime(({ url = "", headers }) => {
      const own = `http://${headers.host}`;
      const known = "/.well-known/oauth-protected-resource";
      if (url.startsWith(known)) {
        return { status: 200, body: { resource: own + url.slice(known.length), authorization_servers: [own] } };
      }
      const challenge = `Bearer realm="mcp", resource_metadata="${own}${known}${url}"`;
      return { status: 401, headers: { "www-authenticate": challenge } };
    });
    const { of } = await examine({}, { servers: [serverOf({ mcpUrl: front.url })] });
    expect(of("mcp-url.challenge").seen).toBe(`${clientRequests.length} of ${clientRequests.length}: ${names}`);
    const knocked = front.asked.map(({ method, headers }) => `${method} ${headers["user-agent"]}`);
    expect(knocked).toEqual(expect.arrayContaining(["POST openai-mcp/1.0.0", "HEAD node", "POST python-httpx/0.28.1"]));
  });

  test("a bot rule before the gateway is found by the client that it stops", async () => {
    const front = await runtime(({ url = "", headers }) => {
      const own = `http://${headers.host}`;
      const known = "/.well-known/oauth-protected-resource";
      if (/python/.test(String(headers["user-agent"]))) return { status: 403, body: "<html>canary</html>" };
      if (url.startsWith(known)) return { status: 200, body: { resource: "https://other", authorization_servers: [] } };
      const challenge = `Bearer realm="mcp", resource_metadata="${own}${known}${url}"`;
      return { status: 401, headers: { "www-authenticate": challenge } };
    });
    const { of, all } = await examine({}, { servers: [serverOf({ mcpUrl: front.url })] });
    expect(of("mcp-url.challenge")).toMatchObject({
      ...{ status: "fail", reason: "mcp_url_unchallenged", seen: "Claude: status 403" },
      fix: expect.stringContaining("bot rules"),
    });
    expect(of("mcp-url.metadata")).toMatchObject({ status: "fail", seen: "resource https://other" });
    expect(JSON.stringify(all)).not.toContain("canary");
  });

  test("a 401 without the challenge helps no client", async () => {
    const visitInside = async () => new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } });
    const servers = [serverOf({ mcpUrl: "http://127.0.0.1:1/s/support-api/mcp" })];
    const { of } = await examine({}, { servers }, { visitInside });
    expect(of("mcp-url.challenge")).toMatchObject({
      ...{
        status: "fail",
        expected: expect.stringContaining("/.well-known/oauth-protected-resource/s/support-api/mcp"),
      },
      seen: expect.stringContaining("401 with Basic"),
    });
    expect(metadata).toContain("/s/support-api/mcp");
  });
});
