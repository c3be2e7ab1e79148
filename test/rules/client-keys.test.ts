// The keys that a registration may bring: public, few, and in the registration itself.
import { describe, expect, test } from "vitest";
import { registeredKeys } from "../../src/worker/oauth/client-keys.ts";
import { WireError } from "../../src/worker/oauth/errors.ts";
import { readRegistration } from "../../src/worker/oauth/registration.ts";

const open = { dynamicRegistration: true, metadataDocuments: false, allowedRedirectHosts: [], preregistered: [] };
const key = { kty: "EC", crv: "P-256", x: "x", y: "y", kid: "1" };

function register(members: object) {
  const body = { redirect_uris: ["http://127.0.0.1/callback"], token_endpoint_auth_method: "private_key_jwt" };
  return readRegistration({ ...body, ...members }, open);
}

describe("RFC 7591 §2 keys in a registration", () => {
  test("are kept, told back and part of what the client is", () => {
    const read = register({ jwks: { keys: [key] } });
    expect(read).toMatchObject({ authMethod: "private_key_jwt", echoed: { jwks: { keys: [key] } } });
    expect(registeredKeys(read.echoed)).toEqual([key]);
    expect(register({ jwks: { keys: [key] } }).fingerprint).toBe(read.fingerprint);
    expect(register({ jwks: { keys: [{ ...key, x: "z" }] } }).fingerprint).not.toBe(read.fingerprint);
  });

  test.each([{ jwks: { keys: [key] } }, { jwks: "nonsense" }, { jwks_uri: "https://app.example/keys" }])(
    "%j means nothing for a client that proves itself otherwise",
    (members) => {
      const read = register({ token_endpoint_auth_method: "none", ...members });
      expect(read.echoed).toEqual({});
      expect(read.fingerprint).toBe(register({ token_endpoint_auth_method: "none" }).fingerprint);
      expect(registeredKeys(read.echoed)).toBeNull();
    },
  );

  test.each<[string, object, string]>([
    ["none", {}, "jwks"],
    ["null", { jwks: null }, "jwks"],
    ["an empty set", { jwks: { keys: [] } }, "jwks"],
    ["a list outside a set", { jwks: [key] }, "jwks"],
    ["a key that is a text", { jwks: { keys: ["key"] } }, "jwks"],
    ["a key without kty", { jwks: { keys: [{ x: "x" }] } }, "jwks"],
    ["nine of them", { jwks: { keys: Array(9).fill(key) } }, "jwks"],
    ["an endless one", { jwks: { keys: [{ ...key, x5c: ["x".repeat(8192)] }] } }, "jwks"],
    ["a symmetric one", { jwks: { keys: [{ kty: "oct", k: "s3cret" }] } }, "jwks"],
    ["an EC key with its private part", { jwks: { keys: [key, { ...key, d: "s3cret" }] } }, "jwks"],
    ["an RSA key with a prime", { jwks: { keys: [{ kty: "RSA", n: "n", e: "AQAB", p: "s3cret" }] } }, "jwks"],
    ["keys by address", { jwks_uri: "https://app.example/keys" }, "jwks_uri"],
    ["both (RFC 7591 §2)", { jwks: { keys: [key] }, jwks_uri: "https://app.example/keys" }, "jwks_uri"],
  ])("%s refused by the member's name, and nothing secret is told back", (_, members, field) => {
    let refused: unknown;
    try {
      register(members);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(WireError);
    expect(refused).toMatchObject({ status: 400, error: "invalid_client_metadata", detail: { field } });
    expect(JSON.stringify(refused)).not.toContain("s3cret");
  });
});
