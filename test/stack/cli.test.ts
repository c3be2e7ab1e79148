// mcpstack as a process against the running stack: sign-in, exit codes, output for people and for programs.
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { installMcpstack, type Mcpstack, noScript } from "../rig/clients/mcpstack.ts";
import { freePorts } from "../rig/stack.ts";

const stack = inject("stack");
const account = { MCPSTACK_URL: stack.gateway, MCPSTACK_TOKEN: stack.apiToken };
const escapeCode = String.fromCharCode(27);
let mcpstack: Mcpstack;

beforeAll(() => {
  mcpstack = installMcpstack();
});

afterAll(() => rmSync(mcpstack.home, { recursive: true, force: true }));

const run = (words: string, input?: string) =>
  mcpstack.run(words === "" ? [] : words.split(" "), { environment: account, ...(input !== undefined && { input }) });

async function rest(path: string, method = "GET"): Promise<unknown> {
  const url = `${stack.gateway}/api/v1${path.replace("{org}", `/organizations/${stack.organizationId}`)}`;
  const response = await fetch(url, { method, headers: { authorization: `Bearer ${stack.apiToken}` } });
  return response.status === 204 ? null : response.json();
}

describe("login", () => {
  const login = (environment: Record<string, string>, words: string[] = [], input = "") =>
    mcpstack.run(["login", "--url", stack.gateway, ...words], { environment, input });
  const fileIn = (folder: string) => join(mcpstack.home, folder, "mcpstack", "config.json");

  test("keeps a checked token for its owner alone, and the commands that follow use it", async () => {
    const environment = { XDG_CONFIG_HOME: join(mcpstack.home, "one"), MCPSTACK_TOKEN: stack.apiToken };
    expect(await login(environment)).toMatchObject({ code: 0, stderr: "" });
    expect(statSync(fileIn("one")).mode & 0o777).toBe(0o600);
    expect(statSync(join(mcpstack.home, "one", "mcpstack")).mode & 0o777).toBe(0o700);
    const kept = { XDG_CONFIG_HOME: environment.XDG_CONFIG_HOME };
    expect((await mcpstack.run(["gateways", "get", "gw_support"], { environment: kept })).code).toBe(0);
    const whoami = await mcpstack.run(["whoami", "--json"], { environment: kept });
    expect(JSON.parse(whoami.stdout)).toMatchObject({ url: stack.gateway, organization: stack.organizationId });
    expect(whoami.stdout).not.toContain(stack.apiToken);
    const elsewhere = await mcpstack.run(["whoami"], { environment: { ...kept, MCPSTACK_URL: "http://localhost:9" } });
    expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining(`belongs to ${stack.gateway}`) });
    expect(await mcpstack.run(["logout"], { environment: kept })).toMatchObject({ code: 0 });
    expect((await mcpstack.run(["whoami"], { environment: kept })).stderr).toContain("mcpstack login --url");
  });

  test("reads the token from standard input", async () => {
    const environment = { XDG_CONFIG_HOME: join(mcpstack.home, "two") };
    expect(await login(environment, ["--token-stdin"], `${stack.apiToken}\n`)).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(fileIn("two"), "utf8"))).toEqual({
      url: stack.gateway,
      token: stack.apiToken,
      organization: stack.organizationId,
    });
  });

  test("keeps nothing when the gateway refuses the token", async () => {
    const wrong = "mcpstack_sk_wrong-wrong-wrong";
    const environment = { XDG_CONFIG_HOME: join(mcpstack.home, "three"), MCPSTACK_TOKEN: wrong };
    const { code, stdout, stderr } = await login(environment);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("unauthenticated");
    expect(stderr).not.toContain(wrong);
    expect(statSync(fileIn("three"), { throwIfNoEntry: false })).toBeUndefined();
  });

  test("never sends a token in the clear to another machine", async () => {
    const environment = { MCPSTACK_TOKEN: stack.apiToken };
    const { code, stderr } = await mcpstack.run(["login", "--url", "http://gateway.example.com"], { environment });
    expect(code).toBe(2);
    expect(stderr).toContain("must be https");
  });
});

describe("--json prints the REST object and nothing else", () => {
  test.each([
    ["organizations list", "/organizations"],
    [`organizations get ${stack.organizationId}`, "{org}"],
    ["tokens list", "{org}/tokens"],
    ["gateways list", "{org}/gateways"],
    ["gateways get gw_support", "{org}/gateways/gw_support"],
    ["gateways grants gw_support --page-size 2", "{org}/gateways/gw_support/grants?pageSize=2"],
    ["gateways logs gw_support --event change", "{org}/gateways/gw_support/logs?event=change"],
    ["servers list", "{org}/mcp-servers"],
    ["servers get support-api", "{org}/mcp-servers/support-api"],
    ["agents list", "{org}/agents"],
    ["users", "{org}/users"],
    ["audit --page 1 --page-size 3", "{org}/audit?page=1&pageSize=3"],
  ])("%s", async (words, path) => {
    const { code, stdout, stderr } = await run(`${words} --json`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(await rest(path));
  });
});

describe("exit codes, and what is said", () => {
  test.each([
    ["--help", 0, /^Usage: mcpstack/, /^$/],
    ["gateways create --help", 0, /\$ mcpstack gateways create --name support-gateway/, /^$/],
    ["--version", 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    ["", 2, /^$/, /Usage: mcpstack/],
    ["gateways", 2, /^$/, /Usage: mcpstack gateways/],
    ["gatways list", 2, /^$/, /unknown command 'gatways'[\s\S]*gateways/],
    ["gateways list --orgg x", 2, /^$/, /unknown option '--orgg'[\s\S]*--org/],
    ["gateways get", 2, /^$/, /missing required argument 'gateway'/],
    ["gateways create", 2, /^$/, /--name is required/],
    ["servers create --name x", 2, /^$/, /--slug/],
    ["gateways list --page two", 2, /^$/, /--page must be a whole number/],
    ["gateways create --name x --access-token-ttl soon", 2, /^$/, /--access-token-ttl must be seconds/],
    ["gateways create --name x --token-issuers [{]", 2, /^$/, /--token-issuers must be JSON/],
    ["gateways create --name x --enterprise-issuers [{]", 2, /^$/, /--enterprise-issuers must be JSON/],
    [
      'gateways create --name x --enterprise-issuers [{"issuer":"acme"}]',
      2,
      /^$/,
      /--enterprise-issuers 0\.issuer must be an absolute URL/,
    ],
    ["gateways update gw_support", 2, /^$/, /name at least one field/],
    ["gateways update gw_support --unset name", 2, /^$/, /--unset name cannot be cleared[\s\S]*metadata-url/],
    ["gateways update gw_support --resource ", 2, /^$/, /--resource is empty; .*--unset/],
    ["gateways revoke gw_support", 2, /^$/, /name exactly one/],
    ["gateways delete gw_support", 2, /^$/, /Delete the gateway support-gateway\?[\s\S]*--yes/],
    ["servers gateway detach support-api", 2, /^$/, /--yes/],
    ["gateways get nobody", 1, /^$/, /there is no gateway "nobody"[\s\S]*not_found[\s\S]*request/],
    ["gateways delete gw_support --yes", 1, /^$/, /attached to support-api[\s\S]*gateway_attached/],
    ["gateways create --name x --authorization-server-url ftp://x", 1, /^$/, /--authorization-server-url/],
    ["gateways create --name x --provider nobody", 1, /^$/, /field +providerType \(--provider\)/],
    ["servers create --name x --slug UP --runtime-url http://localhost:9", 1, /^$/, /field +slug \(--slug\)/],
    ["agents create --name x --origin app.example.com", 1, /^$/, /allowedOrigins\.0 \(--origin\)/],
  ])("%j exits %i", async (words, code, stdout, stderr) => {
    const outcome = await run(words);
    expect(outcome.code, outcome.stderr).toBe(code);
    expect(outcome.stdout).toMatch(stdout);
    expect(outcome.stderr).toMatch(stderr);
  });

  test("a gateway that is not there is named, with the reason", async () => {
    const nowhere = `http://localhost:${(await freePorts()).gateway}`;
    const { code, stderr } = await mcpstack.run(["whoami"], { environment: { ...account, MCPSTACK_URL: nowhere } });
    expect(code).toBe(1);
    expect(stderr).toContain(`the gateway at ${nowhere} did not answer`);
    expect(stderr).toMatch(/ECONNREFUSED[\s\S]*MCPSTACK_URL/);
  });

  test("something else at that address is not taken for a gateway", async () => {
    const environment = { ...account, MCPSTACK_URL: stack.provider };
    const { code, stderr } = await mcpstack.run(["gateways", "list"], { environment });
    expect(code).toBe(1);
    expect(stderr).toContain("did not answer as a gateway does");
  });
});

describe("a profile's life", () => {
  const secret = "a-client-secret-that-is-seen-nowhere";

  test("is created, changed, cleared and deleted; a secret is never printed", async () => {
    const create = await run(
      "gateways create --name life --auth-server-url https://auth.example.com --client-secret-stdin",
      secret,
    );
    expect(create.code, create.stderr).toBe(0);
    expect(create.stderr).toContain("Register exactly this callback URL");
    expect(create.stderr).toMatch(
      /1\. Register a web application with the redirect URI http\S+\/callback\/gw_[\w-]+\./,
    );
    const changed = await run("gateways update life --scopes a,b --resource urn:x --grant-idle-ttl 2d --json");
    expect(JSON.parse(changed.stdout)).toMatchObject({ scopes: ["a", "b"], resource: "urn:x", grantIdleTtl: 172_800 });
    const closed = "--dynamic-registration off --advertise-iss off";
    const cleared = await run(`gateways update life --unset resource,client-secret ${closed} --json`);
    expect(JSON.parse(cleared.stdout)).toMatchObject({
      resource: null,
      hasClientSecret: false,
      clientPolicy: { dynamicRegistration: false, advertiseIss: false, metadataDocuments: true },
    });
    const warned = await run(`gateways update life --client-secret ${secret}`);
    expect(warned.stderr).toContain("warning: --client-secret");
    const all = [create, changed, cleared, warned].map(({ stdout, stderr }) => stdout + stderr).join();
    expect(all).not.toContain(secret);
    expect(await run("gateways delete life --yes --json")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("an agent is created with a server, unlinked, linked, given another key, and deleted", async () => {
    const made = await run(
      "agents create --name cli-agent --origin https://app.example.com --server support-api --json",
    );
    expect(JSON.parse(made.stdout)).toMatchObject({ servers: [{ slug: "support-api" }], keys: [{ expiresAt: null }] });
    expect((await run("agents unlink cli-agent support-api")).code).toBe(0);
    expect(JSON.parse((await run("agents link cli-agent support-api --json")).stdout).servers).toHaveLength(1);
    const rotated = await run("agents rotate-key cli-agent --overlap 1h --json");
    expect(JSON.parse(rotated.stdout).keys).toHaveLength(2);
    expect((await run("agents delete cli-agent --yes")).code).toBe(0);
  });

  test("a static headers server takes its headers from standard input and shows none of them", async () => {
    const create = "servers create --name Static --slug cli-static --runtime-url http://localhost:9/mcp";
    const more =
      "--authentication static_headers --static-headers-stdin --tool a=x,y --broader-scope z=x,y --allowed-origins * --json";
    const made = await run(`${create} ${more}`, `X-Api-Key: ${secret}\n`);
    expect(JSON.parse(made.stdout)).toMatchObject({
      hasStaticHeaders: true,
      tools: [{ name: "a", scopes: ["x", "y"] }],
      broaderScopes: [{ name: "z", scopes: ["x", "y"] }],
      allowedOrigins: ["*"],
    });
    expect(made.stdout).not.toContain(secret);
    const attach = await run("servers gateway attach cli-static --gateway gw_support");
    expect(attach).toMatchObject({ code: 1, stderr: expect.stringContaining("shared_credential") });
    expect((await run("servers delete cli-static --yes")).code).toBe(0);
  });
});

describe("for people", () => {
  test("into a pipe, a table is whole, aligned and without colours", async () => {
    const { stdout } = await run("servers list");
    expect(stdout).not.toContain(escapeCode);
    const [head = "", row = ""] = stdout.split("\n");
    expect(row.indexOf(stack.mcpUrl)).toBe(head.indexOf("MCP URL"));
  });

  test.skipIf(noScript)("on a terminal a line fits its width, and colours go with NO_COLOR", async () => {
    const coloured = await mcpstack.onTerminal("mcpstack servers list", [], account);
    expect(coloured.stdout).toContain(`${escapeCode}[1m`);
    const plain = await mcpstack.onTerminal("mcpstack servers list", [], { ...account, NO_COLOR: "1" });
    expect(plain.stdout).not.toContain(escapeCode);
    const widths = plain.stdout.split(/\r?\n/).map((line) => [...line].length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(100);
    expect(plain.stdout).toContain("…");
  });

  test.skipIf(noScript)("gateways create asks, shows what discovery found, and echoes no secret", async () => {
    const { code, stdout } = await mcpstack.onTerminal(
      "mcpstack gateways create --json 2>/dev/tty >asked.json",
      [
        ["Name", "asked-gateway\r"],
        ["Provider", "\r"],
        ["Authorization server URL", `${stack.provider}\r`],
        ["Client ID", "asked\r"],
        ["Client secret", "typed-without-echo\r"],
        ["Resource", "urn:api\r"],
        ["Scopes", "\r"],
        ["Accepted client IDs", "\r"],
      ],
      account,
    );
    expect(code).toBe(0);
    expect(stdout).toContain(`Discovery found the issuer ${stack.provider}`);
    expect(stdout).toContain("The issuer, as the server's metadata names it");
    expect(stdout).not.toContain("typed-without-echo");
    const made = JSON.parse(readFileSync(join(mcpstack.home, "asked.json"), "utf8"));
    expect(made).toMatchObject({
      ...{ name: "asked-gateway", providerType: "manual", clientId: "asked", hasClientSecret: true },
      ...{ resource: "urn:api", scopes: ["openid", "profile", "email"], pinnedIssuer: stack.provider },
    });
    expect(made).toEqual(await rest(`{org}/gateways/${made.id}`));
    await rest(`{org}/gateways/${made.id}`, "DELETE");
  });

  test.skipIf(noScript)("whoever gives up while being asked leaves no profile behind", async () => {
    const { code } = await mcpstack.onTerminal(
      "mcpstack gateways create",
      [
        ["Name", "given-up\r"],
        ["Provider", "\r"],
        ["Authorization server URL", `${stack.provider}\r`],
        ["Client ID", "\u0003"],
      ],
      account,
    );
    expect(code).toBe(1);
    expect((await run("gateways get given-up")).stderr).toContain("not_found");
  });
});

describe("completion", () => {
  test.each([
    ["gatew", ["gateways"]],
    ["gateways co", ["connect"]],
    ["servers gateway ", ["attach", "detach"]],
    ["gateways create --auth", ["--authorization-server-url", "--authorization-endpoint"]],
    ["gateways logs gw_support --outcome ", ["ok", "refused", "failed"]],
    ["completion ", ["bash", "zsh", "fish"]],
  ])("bash completes %j", async (line, expected) => {
    const words = `mcpstack ${line}`.split(" ");
    const script = `eval "$(mcpstack completion bash)"; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _mcpstack; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await mcpstack.shell(`bash -c '${script.replaceAll("'", "'\\''")}'`);
    expect(stdout.trim().split("\n").sort()).toEqual(expected.sort());
  });
});
