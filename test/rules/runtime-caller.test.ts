// What a runtime believes of a request: an assertion of its own gateway, for itself, alive, and nothing that looks like one.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { afterAll, describe, expect, test } from "vitest";
import { assertionHeader, callerCheck } from "../../src/demo/runtime/caller.ts";

const own = await generateKeyPair("ES256");
const foreign = await generateKeyPair("ES256");
const keys = { keys: [{ ...(await exportJWK(own.publicKey)), kid: "own", alg: "ES256", use: "sig" }] };

const gateway = createServer((_, response) => {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(keys));
});
await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
afterAll(() => gateway.close());

const gatewayOrigin = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
const mcpUrl = `${gatewayOrigin}/s/support-api/mcp`;
const check = callerCheck({ gatewayOrigin, mcpUrl });

const header = { alg: "ES256", typ: "mcpstack-assertion+jwt", kid: "own" };
const now = () => Math.floor(Date.now() / 1000);

function signed(
  claims: Record<string, unknown> = {},
  changed: Partial<JWTHeaderParameters> = {},
  key = own.privateKey,
) {
  const usual = { iss: gatewayOrigin, aud: mcpUrl, sub: "usr_alice", client_id: "app", scope: "tickets.read" };
  const times = { iat: now(), exp: now() + 300 };
  return new SignJWT({ ...usual, ...times, ...claims }).setProtectedHeader({ ...header, ...changed }).sign(key);
}

const asking = (assertion: string, authorization = "Bearer the-persons-own") =>
  check(new Request(mcpUrl, { method: "POST", headers: { [assertionHeader]: assertion, authorization } }));

describe("P-109 23 the assertion", () => {
  test("of its gateway, for this server, says who calls", async () => {
    expect(await asking(await signed())).toEqual({
      userId: "usr_alice",
      clientId: "app",
      scopes: ["tickets.read"],
      userToken: "the-persons-own",
    });
  });

  test.each<[string, () => Promise<string>]>([
    ["for another server of the same gateway", () => signed({ aud: `${gatewayOrigin}/s/other-api/mcp` })],
    ["for a server whose name begins alike", () => signed({ aud: `${mcpUrl}-2` })],
    ["for the gateway itself", () => signed({ aud: gatewayOrigin })],
    ["for nobody in particular", () => signed({ aud: undefined })],
    ["of another gateway", () => signed({ iss: "https://gateway.example" })],
    ["that has expired", () => signed({ exp: now() - 1 })],
    ["without an end", () => signed({ exp: undefined })],
    ["without a person", () => signed({ sub: undefined })],
    ["of another type", () => signed({}, { typ: "at+jwt" })],
    ["signed by a stranger under its kid", () => signed({}, {}, foreign.privateKey)],
    ["that nobody signed", async () => `${btoa('{"alg":"none","typ":"mcpstack-assertion+jwt"}')}.e30.`],
  ])("%s is refused", async (_, assertion) => {
    expect(await asking(await assertion())).toEqual({ refusal: expect.stringContaining("was not accepted") });
  });

  test.each([
    ["an assertion", "", "Bearer x"],
    ["a credential", "x", ""],
    ["a Bearer credential", "x", "Basic x"],
  ])("nobody is let in without %s", async (_, assertion, authorization) => {
    expect(await asking(assertion, authorization)).toEqual({ refusal: expect.stringContaining("missing") });
  });
});
