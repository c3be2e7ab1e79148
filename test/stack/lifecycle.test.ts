// Starting, starting again, ports that are taken, and an end that leaves nothing behind.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { connect } from "../rig/clients/sdk-clients.ts";
import { freePorts, type Ports, type RunningStack, runStart, startStack, temporaryFolder } from "../rig/stack.ts";

const flavour = "@modelcontextprotocol/client 2.4.0";
const folders: string[] = [];
let stack: RunningStack | null = null;

afterEach(async () => {
  await stack?.stop();
  stack = null;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function stateFolder(): string {
  const folder = temporaryFolder("lifecycle");
  folders.push(folder);
  return folder;
}

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Every living process, by /proc. One that has ended and waits for its parent to notice (Z) lives no more. */
function processes(): Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const status = readFileSync(`/proc/${entry}/status`, "utf8");
        if (/^State:\s+Z/m.test(status)) return [];
        const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
        return [{ pid: Number(entry), parent, command: readFileSync(`/proc/${entry}/cmdline`, "utf8") }];
      } catch {
        return [];
      }
    });
}

function descendants(pid: number, all = processes()): number[] {
  const children = all.filter(({ parent }) => parent === pid).map((child) => child.pid);
  return [...children, ...children.flatMap((child) => descendants(child, all))];
}

describe("a taken port", () => {
  test.each(["gateway", "provider", "runtime", "hostApp"] as const)(
    "of the %s is one clear line and exit code 1",
    async (which) => {
      const ports: Ports = await freePorts();
      const squatter = createServer();
      await new Promise<void>((resolve) => squatter.listen(ports[which], "127.0.0.1", resolve));
      const outcome = await runStart(ports, stateFolder());
      squatter.close();
      expect(outcome).toMatchObject({ code: 1, stdout: "" });
      expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
      expect(outcome.stderr).toContain(`Port ${ports[which]} `);
      expect(outcome.stderr).toMatch(/MCPSTACK_DEMO_(GATEWAY|PROVIDER|RUNTIME|HOST)_PORT/);
    },
  );
});

test("--help names every variable and flag, and starts nothing", async () => {
  const folder = stateFolder();
  const outcome = await runStart(await freePorts(), join(folder, "untouched"), ["--help"]);
  expect(outcome.code).toBe(0);
  for (const word of ["GATEWAY_PORT", "PROVIDER_PORT", "RUNTIME_PORT", "HOST_PORT", "STATE", "--reset", "--json"]) {
    expect(outcome.stdout).toContain(word);
  }
  expect(existsSync(join(folder, "untouched"))).toBe(false);
});

test("an unknown flag and a port that is no number are refused with the name of what is wrong", async () => {
  const ports = await freePorts();
  expect(await runStart(ports, stateFolder(), ["--rest"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--rest/),
  });
  const outcome = await runStart({ ...ports, gateway: Number.NaN }, stateFolder());
  expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining("MCPSTACK_DEMO_GATEWAY_PORT") });
});

test("--reset refuses a folder that the demo did not make", async () => {
  const outcome = await runStart(await freePorts(), process.cwd(), ["--reset"]);
  expect(outcome.code).toBe(2);
  expect(existsSync(join(process.cwd(), "package.json"))).toBe(true);
});

test("secrets are kept readable by their owner only, and start again as they were", async () => {
  const [ports, folder] = [await freePorts(), stateFolder()];
  stack = await startStack(ports, folder);
  expect(statSync(join(folder, "demo.json")).mode & 0o777).toBe(0o600);
  const before = readFileSync(join(folder, "demo.json"), "utf8");
  const { apiToken, gatewayId, callbackUrl, agentId, publishableKey } = stack;
  await stack.stop();
  stack = await startStack(ports, folder);
  expect(readFileSync(join(folder, "demo.json"), "utf8")).toBe(before);
  expect(stack).toMatchObject({ apiToken, gatewayId, callbackUrl, agentId, publishableKey });
});

test("a grant survives a restart: the client goes on without a browser", async () => {
  const [ports, folder] = [await freePorts(), stateFolder()];
  stack = await startStack(ports, folder);
  const browser = new ScriptedBrowser([stack.gateway, stack.provider], user1);
  const first = await connect(flavour, stack.mcpUrl, browser);
  await first.close();
  await stack.stop();
  stack = await startStack(ports, folder);
  first.login.asked = null;
  const again = await connect(flavour, stack.mcpUrl, browser, first.login);
  expect((await again.call("whoami")).text).toContain("account user1");
  await again.close();
  if (first.login.kept) first.login.kept.access_token = "gone";
  const refreshed = await connect(flavour, stack.mcpUrl, browser, first.login);
  expect((await refreshed.call("list_tickets")).text).toContain("First ticket of user1");
  expect(first.login.asked).toBeNull();
  await refreshed.close();
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends everything: exit code 0, no process left, ports free",
  async (signal) => {
    const [ports, folder] = [await freePorts(), stateFolder()];
    stack = await startStack(ports, folder);
    const family = descendants(stack.pid);
    expect(family.length).toBeGreaterThan(0);
    const outcome = await stack.stop(signal);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(processes().filter(({ pid, command }) => family.includes(pid) || command.includes(folder))).toEqual([]);
    for (const port of [...Object.values(ports), ports.hostApp + 1])
      await expect(fetch(`http://localhost:${port}/`)).rejects.toThrow();
  },
);
