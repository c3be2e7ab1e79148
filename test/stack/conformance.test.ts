// The protocol's own conformance suite for authorization servers, against the running stack.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { discover, register } from "../rig/clients/bare-client.ts";
import { freePorts } from "../rig/stack.ts";

const stack = inject("stack");
const issuer = stack.mcpUrl.replace(/\/mcp$/, "");
const suite = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/conformance/dist/index.js");

test("every check of `conformance authorization` passes", async () => {
  const { gateway: port } = await freePorts();
  const clientId = await register(await discover(issuer), "Conformance", `http://127.0.0.1:${port}/callback`);
  const options = ["--url", issuer, "--client-id", clientId, "--resource", stack.mcpUrl, "-p", String(port)];
  const child = spawn(process.execPath, [suite, "authorization", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const browser = new ScriptedBrowser([stack.gateway, stack.provider], user1);
  const opened = new Set<string>();
  let printed = "";
  const visits: Promise<unknown>[] = [];
  child.stderr.on("data", (chunk) => {
    printed += chunk;
  });
  child.stdout.on("data", (chunk) => {
    printed += chunk;
    for (const [url] of printed.matchAll(/https?:\/\/\S+\/authorize\?\S+(?=\s)/g)) {
      if (opened.has(url)) continue;
      opened.add(url);
      visits.push(browser.authorize(url).then(({ redirect }) => fetch(redirect)));
    }
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  await Promise.all(visits);
  expect(opened.size, printed).toBeGreaterThan(0);
  expect(printed).toMatch(/Total: [2-9]\d* passed, 0 failed/);
  expect(code, printed).toBe(0);
});
