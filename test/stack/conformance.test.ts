// The protocol's own conformance suite for authorization servers, against the running stack.
import { expect, inject, test } from "vitest";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { discover, register } from "../rig/clients/bare-client.ts";
import { tried } from "../rig/compatibility.ts";
import { faults, lines, runSuite, suite } from "../rig/conformance-suite.ts";
import { freePorts } from "../rig/stack.ts";

const stack = inject("stack");
const issuer = stack.mcpUrl.replace(/\/mcp$/, "");

test("every check of `conformance authorization` passes", tried(...suite, "authorization"), async () => {
  const { gateway: port } = await freePorts();
  const clientId = await register(await discover(issuer), "Conformance", `http://127.0.0.1:${port}/callback`);
  const options = ["--url", issuer, "--client-id", clientId, "--resource", stack.mcpUrl, "-p", String(port)];
  const browser = new ScriptedBrowser([stack.gateway, stack.provider], user1);
  const opened = new Set<string>();
  const visits: Promise<unknown>[] = [];
  const { verdicts, code, printed } = await runSuite(["authorization", ...options], {}, (heard) => {
    for (const [url] of heard.matchAll(/https?:\/\/\S+\/authorize\?\S+(?=\s)/g)) {
      if (opened.has(url)) continue;
      opened.add(url);
      visits.push(browser.authorize(url).then(({ redirect }) => fetch(redirect)));
    }
  });
  await Promise.all(visits);
  expect(opened.size, printed).toBeGreaterThan(0);
  expect(faults(verdicts), printed).toEqual([]);
  expect(lines(verdicts)).toEqual([
    "authorization-code-grant · authorization-code-grant AuthorizationCodeGrant · SUCCESS",
    "authorization-server-metadata-endpoint · authorization-server-metadata AuthorizationServerMetadata · SUCCESS",
    "authorization-server-metadata-endpoint · authorization-server-metadata-cimd AuthorizationServerMetadataCIMD · SUCCESS",
  ]);
  expect(code, printed).toBe(0);
});
