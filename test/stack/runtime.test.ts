// What stands behind the gateway does not take its word for granted: the runtime wants the assertion, the API its own tokens.
import { expect, inject, test } from "vitest";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { connect } from "../rig/clients/sdk-clients.ts";

const stack = inject("stack");
const call = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami", arguments: {} } });
const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };

async function mcpToken(): Promise<string> {
  const browser = new ScriptedBrowser([stack.gateway, stack.provider], user1);
  const client = await connect("@modelcontextprotocol/client 2.4.0", stack.mcpUrl, browser);
  await client.close();
  return client.login.kept?.access_token ?? "";
}

test.each([
  ["nothing at all", {}],
  ["a bearer alone", { authorization: "Bearer x" }],
  [
    "an assertion that nobody signed",
    { authorization: "Bearer x", "x-mcpstack-assertion": "eyJhbGciOiJub25lIn0.e30." },
  ],
])("P-109 the runtime refuses a direct call with %s", async (_, extra) => {
  const response = await fetch(stack.runtime, { method: "POST", headers: { ...headers, ...extra }, body: call });
  expect(response.status).toBe(401);
});

test("the MCP-facing token is worth nothing at the API, and the API says which challenge applies", async () => {
  const response = await fetch(`${stack.api}/me`, { headers: { authorization: `Bearer ${await mcpToken()}` } });
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
});

test("identity headers that a client sends do not reach the runtime", async () => {
  const forged = { "x-mcpstack-assertion": "eyJhbGciOiJub25lIn0.e30.", "x-mcpstack-user": "usr_forged", cookie: "a=b" };
  const response = await fetch(stack.mcpUrl, {
    method: "POST",
    headers: { ...headers, ...forged, authorization: `Bearer ${await mcpToken()}` },
    body: call,
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("account user1 in workspace org_north");
});
