// Provider presets in mcpstack: the listing, the questions that one asks, its checklist and its warning.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { installMcpstack, type Mcpstack, noScript } from "../rig/clients/mcpstack.ts";

const stack = inject("stack");
const account = { MCPSTACK_URL: stack.gateway, MCPSTACK_TOKEN: stack.apiToken };
const escapeCode = String.fromCharCode(27);
let mcpstack: Mcpstack;

beforeAll(() => {
  mcpstack = installMcpstack();
});

afterAll(() => rmSync(mcpstack.home, { recursive: true, force: true }));

const run = (words: string) => mcpstack.run(words.split(" "), { environment: account });

test.each([
  ["gateways presets", 0, /ID +NAME[\s\S]*okta +Okta +JWT/, /^$/],
  [
    ...(["gateways presets okta", 0] as const),
    /--client-id[\s\S]*such as 0oa1gjh[\s\S]*Applications[\s\S]*1\. Create an OIDC[\s\S]*Limits/,
    /^$/,
  ],
  ["gateways presets okta --json", 0, /"recognise": \[\s+"[\s\S]*"id": "okta"/, /^$/],
  ["gateways presets nobody", 1, /^$/, /no preset "nobody"[\s\S]*okta/],
])("%j exits %i", async (words, code, stdout, stderr) => {
  const outcome = await run(words);
  expect(outcome.code, outcome.stderr).toBe(code);
  expect(outcome.stdout).toMatch(stdout);
  expect(outcome.stderr).toMatch(stderr);
});

test("of an address that is another provider's, the creation warns", async () => {
  const create = await run(`gateways create --name odd --authorization-server-url ${stack.provider}/realms/acme`);
  expect(create.stderr).toMatch(/warning: the address looks like Keycloak.*probably meant: keycloak/);
  await run("gateways delete odd --yes");
});

test.skipIf(noScript)("gateways create asks what the chosen preset needs, and ends with its checklist", async () => {
  const { code, stdout } = await mcpstack.onTerminal(
    "mcpstack gateways create",
    [
      ["Name", "asked-of-google\r"],
      ["Provider", `${`${escapeCode}[B`.repeat(4)}\r`],
      ["Authorization server URL", `${stack.provider}\r`],
      ["Client ID", "asked\r"],
      ["Client secret", "typed-without-echo\r"],
      ["Scopes", "\r"],
      ["Accepted client IDs", "app-one app-two\r"],
    ],
    account,
  );
  expect(code).toBe(0);
  expect(stdout).toContain("Google Cloud console");
  expect(stdout).toContain("Google issues no tokens for other APIs");
  expect(stdout).not.toContain("API audience");
  expect(stdout).toMatch(/redirect URI http\S+\/callback\/gw_[\w-]+\./);
  const made = JSON.parse((await run("gateways get asked-of-google --json")).stdout);
  expect(made).toMatchObject({ providerType: "google", acceptedClientIds: ["app-one", "app-two"], resource: null });
  await run("gateways delete asked-of-google --yes");
});
