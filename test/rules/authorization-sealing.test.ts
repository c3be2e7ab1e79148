// Sealed values, MACs and access tokens: what was changed or moved does not open.

import fc from "fast-check";
import { base64url, CompactEncrypt, compactDecrypt } from "jose";
import { describe, expect, test, vi } from "vitest";
import { sameHash, sha256 } from "../../src/worker/oauth/digest.ts";
import { createAccessTokens } from "../../src/worker/tokens/access-token.ts";
import type { AccessTokenClaims, SealPurpose } from "../../src/worker/tokens/port.ts";
import { accessTokenKeys, createSealer } from "../../src/worker/tokens/seal.ts";

const masterKey = (byte: number) => new Uint8Array(32).fill(byte);
const oldKey = masterKey(1);
const newKey = masterKey(2);
const sealer = createSealer([oldKey]);

/** Changes one bit of a base64url part. */
function flip(text: string, part: number, bit: number): string {
  const parts = text.split(".");
  const bytes = base64url.decode(parts[part] ?? "");
  const index = bit % (bytes.length * 8);
  bytes[index >> 3] = (bytes[index >> 3] ?? 0) ^ (1 << (index & 7));
  parts[part] = base64url.encode(bytes);
  return parts.join(".");
}

describe("sealing at rest", () => {
  const purpose: SealPurpose = "client-secret";

  test("what was sealed opens, whatever the text", async () => {
    const property = fc.asyncProperty(fc.string({ unit: "binary" }), fc.string(), async (text, record) => {
      fc.pre(text.isWellFormed());
      return (await sealer.open(purpose, record, await sealer.seal(purpose, record, text))) === text;
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("no flipped bit opens, in the nonce or in the ciphertext", async () => {
    const sealed = await sealer.seal(purpose, "gw_1", "a secret of some length");
    const property = fc.asyncProperty(fc.constantFrom(2, 3), fc.nat(10_000), async (part, bit) => {
      await expect(sealer.open(purpose, "gw_1", flip(sealed, part, bit))).rejects.toThrow();
    });
    await fc.assert(property);
  });

  test.each<[string, SealPurpose, string]>([
    ["another record", purpose, "gw_2"],
    ["another purpose", "grant", "gw_1"],
    ["no record", purpose, ""],
  ])("%s does not open it", async (_, otherPurpose, record) => {
    const sealed = await sealer.seal(purpose, "gw_1", "secret");
    await expect(sealer.open(otherPurpose, record, sealed)).rejects.toThrow();
  });

  test.each(["", "v1", "v2.a.b.c", "v1...", "v1.unknown.AAAA.AAAA", "plain text", "v1.__proto__.AAAA.AAAA"])(
    "%j is not opened as if it were sealed",
    async (value) => {
      await expect(sealer.open(purpose, "gw_1", value)).rejects.toThrow();
    },
  );

  test("the same text is never sealed alike twice, and does not show", async () => {
    const [one, other] = await Promise.all([sealer.seal(purpose, "r", "secret"), sealer.seal(purpose, "r", "secret")]);
    expect(one).not.toBe(other);
    expect(one).not.toContain("secret");
  });

  test("rotation: the newest key seals, the one before still opens, a dropped one does not", async () => {
    const before = await sealer.seal(purpose, "r", "secret");
    const rotating = createSealer([newKey, oldKey]);
    expect(await rotating.open(purpose, "r", before)).toBe("secret");
    const after = await rotating.seal(purpose, "r", "secret");
    await expect(sealer.open(purpose, "r", after)).rejects.toThrow();
    await expect(createSealer([newKey]).open(purpose, "r", before)).rejects.toThrow();
  });

  test("a MAC belongs to its message, purpose and key, and survives one rotation", async () => {
    const mac = await sealer.mac("consent-form", "message");
    expect(await sealer.verifyMac("consent-form", "message", mac)).toBe(true);
    expect(await createSealer([newKey, oldKey]).verifyMac("consent-form", "message", mac)).toBe(true);
    expect(await createSealer([newKey]).verifyMac("consent-form", "message", mac)).toBe(false);
    expect(await sealer.verifyMac("consent-form", "message2", mac)).toBe(false);
    expect(await sealer.verifyMac("consent-cookie", "message", mac)).toBe(false);
    for (const forged of ["", "!", "A".repeat(43), mac.slice(0, 20), flip(mac, 0, 77)]) {
      expect(await sealer.verifyMac("consent-form", "message", forged)).toBe(false);
    }
  });
});

describe("digests", () => {
  test.each([
    ["a", "a", true],
    ["a", "b", false],
    ["a", "aa", false],
    ["", "a", false],
    ["\u0100", "\u0000", false],
  ])("%j and %j are the same: %s", (a, b, same) => {
    expect(sameHash(a, b)).toBe(same);
  });

  test("RFC 7636 appendix B: the digest of a verifier is its challenge", async () => {
    expect(await sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe(
      "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
  });
});

const claims: AccessTokenClaims = {
  iss: "https://mcp.example.com/s/support",
  aud: "https://mcp.example.com/s/support/mcp",
  sub: "usr_1",
  org: "org_1",
  gid: "grt_1",
  cid: "client",
  cn: "App",
  scope: "tickets.read",
  ch: "oauth",
  iat: 1,
  exp: 2,
  jti: "at_1",
  ep: 0,
  ds: { t: "downstream", x: null },
};

describe("P-20 access tokens", () => {
  const tokens = createAccessTokens([oldKey]);

  test("what was sealed opens, and shows nothing to its bearer", async () => {
    const token = await tokens.seal(claims);
    expect(await tokens.open(token)).toEqual(claims);
    expect(
      token
        .split(".")
        .map((part) => Buffer.from(part, "base64url").toString("latin1"))
        .join(),
    ).not.toMatch(/usr_1|downstream/);
  });

  test("no flipped bit opens, in any part", async () => {
    const token = await tokens.seal(claims);
    const property = fc.asyncProperty(fc.constantFrom(0, 2, 3, 4), fc.nat(10_000), async (part, bit) => {
      expect(await tokens.open(flip(token, part, bit))).toBeNull();
    });
    await fc.assert(property);
  });

  test("rotation: the key before still opens, a dropped one does not", async () => {
    const token = await tokens.seal(claims);
    expect(await createAccessTokens([newKey, oldKey]).open(token)).toEqual(claims);
    expect(await createAccessTokens([newKey]).open(token)).toBeNull();
  });

  test("a credential that does not fit is left to the grant's object", async () => {
    const token = await tokens.seal({ ...claims, ds: { t: "x".repeat(12_000), x: null } });
    const opened = await tokens.open(token);
    expect(opened).toMatchObject({ sub: "usr_1" });
    expect(opened).not.toHaveProperty("ds");
    expect(token.length).toBeLessThan(2_000);
  });

  test.each([8_000, 8_700, 8_800, 8_900, 9_000])(
    "a credential of %i characters: never more than 12 KB",
    async (length) => {
      const token = await tokens.seal({ ...claims, ds: { t: "x".repeat(length), x: null } });
      expect(token.length).toBeLessThanOrEqual(12 * 1024);
      expect(await tokens.open(token)).not.toBeNull();
    },
  );

  test("CVE-2025-61920 an endless token is refused before any cryptography", async () => {
    const token = await tokens.seal(claims);
    expect(await tokens.open(token + "A".repeat(12 * 1024))).toBeNull();
  });

  test.each([
    "",
    ".",
    "....",
    "garbage",
    "a.b.c",
    "a.b.c.d.e",
    "a.b.c.d.e.f",
    `${base64url.encode('{"alg":"none"}')}.e30.`,
    `${base64url.encode('{"alg":"none"}')}....`,
    `${base64url.encode("null")}....`,
    `${base64url.encode('{"kid":["x"]}')}....`,
    "\u{1F600}....",
  ])("%j is no token", async (token) => {
    expect(await tokens.open(token)).toBeNull();
  });

  const forge = async (header: object, payload: object) => {
    const [key] = await accessTokenKeys([oldKey]);
    const protectedHeader = { alg: "dir", enc: "A256GCM", kid: key!.id, typ: "mcpstack-at", ...header };
    const plaintext = new TextEncoder().encode(JSON.stringify(payload));
    return new CompactEncrypt(plaintext).setProtectedHeader(protectedHeader).encrypt(key!.key);
  };

  test("CVE-2025-61920 not even one that was genuinely sealed", async () => {
    expect(await tokens.open(await forge({}, { ...claims, scope: "x".repeat(12 * 1024) }))).toBeNull();
  });

  test("even under the right key, another type and incomplete claims do not open", async () => {
    const { aud: _, ...withoutAudience } = claims;
    expect(await tokens.open(await forge({}, claims))).toEqual(claims);
    expect(await tokens.open(await forge({ typ: "JWT" }, claims))).toBeNull();
    expect(await tokens.open(await forge({ typ: undefined }, claims))).toBeNull();
    expect(await tokens.open(await forge({}, withoutAudience))).toBeNull();
    expect(await tokens.open(await forge({}, { ...claims, exp: "2" }))).toBeNull();
    expect(await tokens.open(await forge({}, { ...claims, aud: [claims.aud] }))).toBeNull();
    expect(await tokens.open(await forge({}, { ...claims, ch: "admin" }))).toBeNull();
  });

  test("what does not open is not decrypted again, and garbage never", async () => {
    const at = createAccessTokens([oldKey]);
    const token = await at.seal(claims);
    const forged = [2, 3, 4].map((part) => flip(token, part, 1));
    const decrypt = vi.spyOn(crypto.subtle, "decrypt");
    for (const text of ["garbage", "a.b.c.d.e", flip(token, 0, 1), ...forged, ...forged]) {
      expect(await at.open(text)).toBeNull();
    }
    expect(decrypt).toHaveBeenCalledTimes(forged.length);
    for (let bit = 0; bit < 100; bit++) expect(await at.open(flip(token, 3, bit))).toBeNull();
    expect(await at.open(token)).toEqual(claims);
    decrypt.mockRestore();
  });

  test("another key management under the right key does not open", async () => {
    expect(await tokens.open(await forge({ alg: "A256GCMKW" }, claims))).toBeNull();
  });

  test("RFC 7516 §7.1 a token is a JWE that a library opens with the key", async () => {
    const [key] = await accessTokenKeys([oldKey]);
    const { plaintext, protectedHeader } = await compactDecrypt(await tokens.seal(claims), key!.key);
    expect(protectedHeader).toEqual({ alg: "dir", enc: "A256GCM", kid: key!.id, typ: "mcpstack-at" });
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual(claims);
  });

  test("a token of any length opens, where none was opened before", async () => {
    for (let length = 0; length < 6; length++) {
      const sealed = { ...claims, cn: "é".repeat(length) };
      expect(await createAccessTokens([oldKey]).open(await tokens.seal(sealed))).toEqual(sealed);
    }
  });

  test("the right key under a header that is written otherwise does not open", async () => {
    const [key] = await accessTokenKeys([oldKey]);
    expect(await tokens.open(await forge({ cty: "json" }, claims))).toBeNull();
    expect(await tokens.open(await forge({ zip: "DEF" }, claims))).toBeNull();
    const reordered = { typ: "mcpstack-at", kid: key!.id, enc: "A256GCM", alg: "dir" };
    const sealed = new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)));
    expect(await tokens.open(await sealed.setProtectedHeader(reordered).encrypt(key!.key))).toBeNull();
  });

  test.each<[string, (parts: string[]) => string[]]>([
    ["a key of its own", ([header, , ...rest]) => [header!, "AAAA", ...rest]],
    ["no nonce", ([header, key, , ...rest]) => [header!, key!, "", ...rest]],
    ["a longer nonce", ([header, key, nonce, ...rest]) => [header!, key!, `${nonce}AAAA`, ...rest]],
    ["no ciphertext", ([header, key, nonce, , tag]) => [header!, key!, nonce!, "", tag!]],
    ["no tag", (parts) => [...parts.slice(0, 4), ""]],
    ["a shorter tag", (parts) => [...parts.slice(0, 4), parts[4]!.slice(0, 16)]],
    ["a longer tag", (parts) => [...parts.slice(0, 4), `${parts[4]}AA`]],
    ["a tag with its padding", (parts) => [...parts.slice(0, 4), `${parts[4]}==`]],
    ["a sixth part", (parts) => [...parts, "AAAA"]],
    ["four parts", (parts) => parts.slice(0, 4)],
    ["a blank in it", ([header, key, nonce, text, tag]) => [header!, key!, nonce!, ` ${text}`, tag!]],
    ["a line's end", (parts) => [...parts.slice(0, 4), `${parts[4]}\n`]],
    [
      "the other alphabet",
      ([header, key, nonce, text, tag]) => [header!, key!, nonce!, `${text!.slice(0, -1)}+`, tag!],
    ],
  ])("a good token with %s does not open", async (_, changed) => {
    const token = await tokens.seal(claims);
    expect(await tokens.open(changed(token.split(".")).join("."))).toBeNull();
  });
});
