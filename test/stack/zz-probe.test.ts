// probe
import { createServer } from "node:http";
import { expect, inject, test } from "vitest";
import { frontWithGateway } from "../rig/conformance-gateway.ts";
const stack = inject("stack");
test.each([["GET", null, 0], ["GET", null, 600], ["POST", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}', 600]] as const)("probe %s %s %i", async (method, body, wait) => {
  const t0 = Date.now();
  const log = (...a: unknown[]) => console.log(Date.now() - t0, ...a);
  let n = 0;
  const server = createServer((req, res) => {
    const k = ++n;
    res.on("close", () => log("close", k, "finished", res.writableFinished));
    res.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": "s" });
    res.write(`id: e${k}\nretry: 500\ndata: \n\n`);
    if (k === 2) setTimeout(() => { res.write("data: x\n\n"); }, 100);
  });
  await new Promise<void>((r) => server.listen(0, () => r()));
  const port = (server.address() as { port: number }).port;
  const { mcpUrl, token } = await frontWithGateway(stack, { runtimeUrl: `http://localhost:${port}` });
  const gone = new AbortController();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const r = await fetch(mcpUrl, { method, body, headers, signal: gone.signal });
  const reader = r.body!.getReader();
  log("read", (await reader.read()).value?.length);
  await new Promise((x) => setTimeout(x, wait));
  gone.abort();
  log("aborted");
  await new Promise((r) => server.close(r));
  log("server closed");
  expect(n).toBeGreaterThan(0);
});
