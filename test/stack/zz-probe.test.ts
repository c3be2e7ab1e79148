// probe
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { writtenAccess } from "../rig/conformance-gateway.ts";
const stack = inject("stack");
test("probe", async () => {
  const t0 = Date.now();
  const log = (...a: unknown[]) => console.log(Date.now() - t0, ...a);
  let n = 0; let pending: unknown = null; let conns = 0;
  const server = createServer((req, res) => {
    const k = ++n;
    res.on("close", () => log("close", k, "finished", res.writableFinished));
    if (req.method === "GET") {
      log("GET", k, req.headers["last-event-id"]);
      res.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": "s" });
      res.write(`id: e${k}\nretry: 500\ndata: \n\n`);
      if (pending !== null) res.write(`id: m${k}\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: pending, result: { content: [] } })}\n\n`);
      pending = null;
      return;
    }
    let b = ""; req.on("data", (c) => { b += c; }); req.on("end", () => {
      log(req.method, k, b.slice(0, 80));
      if (req.method !== "POST") { res.writeHead(405); res.end(); return; }
      const m = JSON.parse(b);
      if (m.method === "tools/call") { pending = m.id; res.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": "s" }); res.write(`id: e${k}\nretry: 500\ndata: \n\n`); setTimeout(() => res.end(), 50); return; }
      if (m.id === undefined) { res.writeHead(202); res.end(); return; }
      res.writeHead(200, { "content-type": "application/json", "mcp-session-id": "s" });
      res.end(JSON.stringify({ jsonrpc: "2.0", id: m.id, result: m.method === "initialize" ? { protocolVersion: "2025-11-25", serverInfo: { name: "a", version: "1" }, capabilities: { tools: {} } } : m.method === "tools/list" ? { tools: [{ name: "test_reconnection", inputSchema: { type: "object" } }] } : {} }));
    });
  });
  server.on("connection", (s) => { const c = ++conns; log("conn", c); s.on("close", () => log("conn closed", c)); });
  await new Promise<void>((r) => server.listen(0, () => r()));
  const port = (server.address() as { port: number }).port;
  const child = spawn(process.execPath, [join(import.meta.dirname, "../rig/conformance-client.ts"), `http://localhost:${port}`], { stdio: "inherit", env: { ...process.env, ...writtenAccess(stack), MCP_CONFORMANCE_SCENARIO: "sse-retry", MCP_CONFORMANCE_PROTOCOL_VERSION: "2025-11-25" } });
  await new Promise((r) => child.once("close", r));
  log("client gone");
  await new Promise((r) => server.close(r));
  log("server closed");
  expect(n).toBeGreaterThan(0);
});
