// The lines of the product page, character for character, on a deployment where its names are free.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installMcpstack, type Mcpstack } from "../rig/clients/mcpstack.ts";
import { freePorts, type RunningStack, startStack, temporaryFolder } from "../rig/stack.ts";

let stack: RunningStack;
let mcpstack: Mcpstack;
let adminToken: string;
const kept = new Map<string, unknown>();

beforeAll(async () => {
  stack = await startStack(await freePorts(), temporaryFolder("cli"));
  adminToken = JSON.parse(readFileSync(join(stack.stateFolder, "demo.json"), "utf8")).adminToken;
  mcpstack = installMcpstack({ MCPSTACK_URL: stack.gateway, MCPSTACK_TOKEN: stack.apiToken });
  // The demo has taken the page's names.
  for (const line of ["servers delete support-api --yes", "gateways delete gw_support --yes"]) {
    expect(await mcpstack.run(line.split(" "))).toMatchObject({ code: 0, stderr: "" });
  }
});

afterAll(async () => {
  await stack?.stop();
  for (const folder of [stack?.stateFolder, mcpstack?.home])
    if (folder) rmSync(folder, { recursive: true, force: true });
});

async function rest(path: string): Promise<unknown> {
  const url = `${stack.gateway}/api/v1/organizations/${stack.organizationId}${path}`;
  return (await fetch(url, { headers: { authorization: `Bearer ${stack.apiToken}` } })).json();
}

describe("the page's commands, in its order", () => {
  test("gateways create answers the profile as the REST API has it", async () => {
    const { code, stdout, stderr } = await mcpstack.shell(`mcpstack gateways create \\
--name support-gateway \\
--provider manual \\
--authorization-server-url https://auth.example.com \\
--client-id your-client-id \\
--resource https://api.example.com \\
--scopes "openid profile email" \\
--json`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const created = JSON.parse(stdout);
    expect(created).toEqual(await rest(`/gateways/${created.id}`));
    expect(created).toMatchObject({
      name: "support-gateway",
      providerType: "manual",
      authorizationServerUrl: "https://auth.example.com",
      clientId: "your-client-id",
      resource: "https://api.example.com",
      scopes: ["openid", "profile", "email"],
      callbackUrl: `${stack.gateway}/callback/${created.id}`,
    });
    kept.set("gateway", created.id);
  });

  test("servers create, as the page's sentence before it needs", async () => {
    const { code } = await mcpstack.shell(
      'mcpstack servers create --name "Support API" --slug support-api --runtime-url http://localhost:9/mcp --scopes "tickets.read"',
    );
    expect(code).toBe(0);
  });

  test("servers gateway attach answers the server with the gateway attached", async () => {
    const { code, stdout, stderr } = await mcpstack.shell(
      "mcpstack servers gateway attach support-api --gateway gw_support --json",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(await rest("/mcp-servers/support-api"));
    expect(JSON.parse(stdout)).toMatchObject({ slug: "support-api", gatewayId: kept.get("gateway") });
  });

  test("gateways get answers the profile with its linked server", async () => {
    const { code, stdout, stderr } = await mcpstack.shell("mcpstack gateways get gw_support --json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(await rest(`/gateways/${kept.get("gateway")}`));
    expect(JSON.parse(stdout).servers).toMatchObject([{ slug: "support-api" }]);
  });

  test("gateways logs shows what was done to the profile", async () => {
    const { code, stdout } = await mcpstack.shell("mcpstack gateways logs gw_support");
    expect(code).toBe(0);
    expect(stdout).toMatch(/change +ok +support-api/);
  });
});

describe("a token that reaches several organizations", () => {
  const asDeployment = (words: string[], more = {}) =>
    mcpstack.run(words, { environment: { MCPSTACK_TOKEN: adminToken, ...more } });

  test("creates them, and their first token, with the deployment's ADMIN_TOKEN", async () => {
    const made = await asDeployment(["organizations", "create", "--name", "Second Inc", "--json"]);
    expect(made.code).toBe(0);
    const { id } = JSON.parse(made.stdout);
    const token = await asDeployment([
      "tokens",
      "create",
      "--org",
      id,
      "--name",
      "reader",
      "--role",
      "viewer",
      "--json",
    ]);
    expect(JSON.parse(token.stdout)).toMatchObject({ organizationId: id, role: "viewer" });
    kept.set("organization", id);
    kept.set("viewer", JSON.parse(token.stdout).token);
  });

  test("is told which there are when none is named, and exits 1", async () => {
    const { code, stdout, stderr } = await asDeployment(["gateways", "list"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    for (const word of [stack.organizationId, `${kept.get("organization")}  Second Inc`, "--org", "MCPSTACK_ORG"]) {
      expect(stderr).toContain(word);
    }
  });

  test.each([
    ["--org with an id", () => ["--org", String(kept.get("organization"))], () => ({})],
    ["--org with a name", () => ["--org", "Second Inc"], () => ({})],
    ["MCPSTACK_ORG", () => [], () => ({ MCPSTACK_ORG: String(kept.get("organization")) })],
  ])("finds it by %s", async (_, flags, environment) => {
    const { code, stdout } = await asDeployment(["gateways", "list", "--json", ...flags()], environment());
    expect({ code, ...JSON.parse(stdout) }).toEqual({ code: 0, items: [], page: 1, pageSize: 50, total: 0 });
  });

  test("a viewer's token changes nothing, and another organization's ids do not exist for it", async () => {
    const environment = { MCPSTACK_TOKEN: String(kept.get("viewer")) };
    const create = await mcpstack.run(["agents", "create", "--name", "x"], { environment });
    expect(create.code).toBe(1);
    expect(create.stderr).toMatch(/may only read[\s\S]*code +forbidden/);
    const foreign = await mcpstack.run(["gateways", "get", stack.gatewayId], { environment });
    expect(foreign.code).toBe(1);
    expect(foreign.stderr).toContain("not_found");
  });
});
