// mcpstack gateways connect, end to end: the stack's provider, a person at a browser, the runtime's tools; and logs of it.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { installMcpstack, type Mcpstack, scriptedBrowser } from "../rig/clients/mcpstack.ts";

const stack = inject("stack");
const origins = [stack.gateway, stack.provider];
let mcpstack: Mcpstack;
let browser: string;

beforeAll(() => {
  mcpstack = installMcpstack({ MCPSTACK_URL: stack.gateway, MCPSTACK_TOKEN: stack.apiToken });
  browser = scriptedBrowser(mcpstack.home, origins, "allow");
});

afterAll(() => rmSync(mcpstack.home, { recursive: true, force: true }));

/** Other tests attach servers of their own to the same gateway. */
const connect = (words: string[] = [], BROWSER = browser) =>
  mcpstack.run(["gateways", "connect", "gw_support", "--server", "support-api", ...words], {
    environment: { BROWSER },
  });

const stepNames = [
  ...["challenge", "resource metadata", "server metadata", "registration", "authorization", "token"],
  ...["initialize", "tools/list", "revocation"],
];

test("signs a person in, lists the tools, shows each step, and leaves no grant behind", async () => {
  const { code, stdout, stderr } = await connect();
  expect(code, stderr).toBe(0);
  const shown = stdout.split("\n").filter((line) => line.startsWith("ok"));
  expect(shown.map((line) => line.slice(8, 28).trim())).toEqual(stepNames);
  for (const tool of ["whoami", "list_tickets", "create_ticket"]) expect(stdout).toContain(tool);
  expect(stdout + stderr).not.toMatch(/mcpstack_(rt|ac)_/);
  const grants = await mcpstack.run(["gateways", "grants", "gw_support", "--json"]);
  expect(grants.stdout).not.toContain("mcpstack connect");
});

test("--json prints one object with the steps and the tools", async () => {
  const { code, stdout } = await connect(["--json"]);
  expect(code).toBe(0);
  const answer = JSON.parse(stdout);
  expect(answer).toMatchObject({ gatewayId: stack.gatewayId, mcpUrl: stack.mcpUrl });
  expect(answer.steps.map((step: { step: string; status: string }) => `${step.step} ${step.status}`)).toEqual(
    stepNames.map((name) => `${name} ok`),
  );
  expect(answer.tools.map((tool: { name: string }) => tool.name)).toEqual(["whoami", "list_tickets", "create_ticket"]);
});

test("a person who denies is a failed step with its code, and the fix leads to the log", async () => {
  const denied = scriptedBrowser(mcpstack.home, origins, "deny");
  const { code, stdout, stderr } = await connect(["--json"], denied);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ tools: [] });
  expect(JSON.parse(stdout).steps.at(-1)).toMatchObject({
    ...{ step: "authorization", status: "failed", expected: "a code", reason: "access_denied" },
  });
  expect(stderr).toMatch(/authorization: the authorization was refused: The person chose not to allow/);
  const [, fix = ""] = /fix +see what the gateway saw: mcpstack (.+)/.exec(stderr) ?? [];
  expect((await mcpstack.run(fix.split(" "))).stdout).toContain("consent_denied");
});

test("a browser that never comes back ends with what to look at, and the URL was printed", async () => {
  const { code, stderr } = await connect(["--print-url", "--timeout", "1"]);
  expect(code).toBe(1);
  expect(stderr).toContain(`${stack.gateway}/s/support-api/authorize?`);
  expect(stderr).toMatch(/did not come back[\s\S]*nothing in 1 s[\s\S]*--timeout/);
});

test("a server with another gateway is refused with the command that attaches this one", async () => {
  const created = await mcpstack.run(["gateways", "create", "--name", "unattached", "--json"]);
  const { id } = JSON.parse(created.stdout);
  const none = await mcpstack.run(["gateways", "connect", "unattached"]);
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("attached to no server") });
  const other = await mcpstack.run(["gateways", "connect", "unattached", "--server", "support-api"]);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain(`mcpstack servers gateway attach support-api --gateway ${id}`);
  await mcpstack.run(["gateways", "delete", "unattached", "--yes"]);
});

test("logs --follow prints what comes in, one line of JSON each", async () => {
  const since = new Date().toISOString();
  const words = ["gateways", "logs", "gw_support", "--follow", "--json", "--event", "change", "--from", since];
  const line = mcpstack.until(words, (one) => one.includes("gateway.update"));
  await mcpstack.run(["gateways", "update", "gw_support", "--name", "support-gateway"]);
  expect(JSON.parse(await line)).toMatchObject({ event: "change", outcome: "ok" });
});
