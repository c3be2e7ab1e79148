// The doctor at the enterprise issuers of a profile: whether an assertion's signature could be verified.
import { exportJWK, generateKeyPair } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { examine, startRuntime } from "../rig/doctor.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/** An identity provider whose documents are these, by path; `{self}` is its own address. */
async function publishing(documents: Record<string, object>) {
  let self = "";
  const started = await startRuntime(({ url }) => {
    const document = documents[url ?? ""];
    if (!document) return { status: 404, body: {} };
    return { status: 200, body: JSON.parse(JSON.stringify(document).replaceAll("{self}", self)) };
  });
  closing.push(started.close);
  self = new URL(started.url).origin;
  return self;
}

const endpoints = { authorization_endpoint: "{self}/auth", token_endpoint: "{self}/token" };
const metadata = { issuer: "{self}", ...endpoints, jwks_uri: "{self}/jwks" };
const key = async () => ({
  ...(await exportJWK((await generateKeyPair("ES256")).publicKey)),
  kid: "key-1",
  alg: "ES256",
});
const configuration = "/.well-known/openid-configuration";

describe("enterprise.keys", () => {
  test("is not looked at where no issuer is listed", async () => {
    const { all } = await examine({ enterpriseIssuers: [] });
    expect(all.filter(({ check }) => check === "enterprise.keys")).toEqual([]);
  });

  test("passes for keys that the metadata names, and for keys that the profile names", async () => {
    const issuer = await publishing({ [configuration]: metadata, "/jwks": { keys: [await key()] } });
    const silent = await publishing({ "/keys": { keys: [await key()] } });
    const { all } = await examine({
      enterpriseIssuers: [{ issuer }, { issuer: "https://never.asked.example", jwksUri: `${silent}/keys` }],
    });
    expect(all.filter(({ check }) => check === "enterprise.keys")).toEqual([
      expect.objectContaining({ status: "pass", seen: `${issuer}: 1 for signatures: ES256 key-1`, field: null }),
      expect.objectContaining({ status: "pass", seen: expect.stringContaining("https://never.asked.example: 1 for") }),
    ]);
  });

  test.each<[string, Record<string, object>, string]>([
    ["no metadata", {}, "metadata_not_found"],
    [
      "metadata of another issuer",
      { [configuration]: { ...metadata, issuer: "https://x.example" } },
      "metadata_issuer_mismatch",
    ],
    ["metadata without keys", { [configuration]: { ...metadata, jwks_uri: undefined } }, "provider_keys_missing"],
    [
      "keys for other uses alone",
      { [configuration]: metadata, "/jwks": { keys: [{ kty: "oct" }] } },
      "provider_keys_missing",
    ],
    ["no keys where they should be", { [configuration]: metadata }, "metadata_not_found"],
  ])("fails for %s, and names the issuer and the list", async (_, documents, reason) => {
    const issuer = await publishing(documents);
    const { of } = await examine({ enterpriseIssuers: [{ issuer }] });
    expect(of("enterprise.keys")).toMatchObject({
      ...{ status: "fail", reason, field: "enterpriseIssuers", fix: expect.stringMatching(/./) },
      seen: expect.stringContaining(issuer),
    });
  });
});
