// Sealing at rest and MACs: AES-GCM and HMAC under keys derived by HKDF per purpose and record.
import * as base64url from "jose/base64url";
import { sha256 } from "./opaque.ts";
import type { Sealer, SealPurpose } from "./port.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface MasterKey {
  /** First 8 characters of the key's fingerprint: which key sealed a value, without telling the key. */
  id: string;
  key: CryptoKey;
}

/**
 * @param masterKeys 32 bytes each; the first seals, all open (rotation). Sealed form: `v1.<key id>.<iv>.<ciphertext>`.
 */
export function createSealer(masterKeys: Uint8Array<ArrayBuffer>[]): Sealer {
  let imported: MasterKey[] | null = null;
  const macKeys = new Map<string, CryptoKey>();

  async function keys(): Promise<MasterKey[]> {
    imported ??= await Promise.all(masterKeys.map(importMaster));
    return imported;
  }

  async function newest(): Promise<MasterKey> {
    const [first] = await keys();
    if (!first) throw new Error("no master key");
    return first;
  }

  async function macKey(master: MasterKey, purpose: SealPurpose): Promise<CryptoKey> {
    const name = `${master.id}/${purpose}`;
    const known = macKeys.get(name);
    if (known) return known;
    const derived = await derive(master.key, `mac/${purpose}`, { name: "HMAC", hash: "SHA-256", length: 256 }, [
      "sign",
      "verify",
    ]);
    macKeys.set(name, derived);
    return derived;
  }

  return {
    async seal(purpose, record, plaintext) {
      const master = await newest();
      const key = await recordKey(master, purpose, record);
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const algorithm = { name: "AES-GCM", iv, additionalData: encoder.encode(`${purpose}\n${record}`) };
      const sealed = await crypto.subtle.encrypt(algorithm, key, encoder.encode(plaintext));
      return ["v1", master.id, base64url.encode(iv), base64url.encode(new Uint8Array(sealed))].join(".");
    },

    async open(purpose, record, sealed) {
      const [version, id, iv, ciphertext] = sealed.split(".");
      const master = (await keys()).find((candidate) => candidate.id === id);
      if (version !== "v1" || !master || !iv || !ciphertext) throw new Error("sealed under an unknown key or format");
      const key = await recordKey(master, purpose, record);
      const algorithm = {
        name: "AES-GCM",
        iv: base64url.decode(iv),
        additionalData: encoder.encode(`${purpose}\n${record}`),
      };
      return decoder.decode(await crypto.subtle.decrypt(algorithm, key, base64url.decode(ciphertext)));
    },

    async formerMarks() {
      return (await keys()).slice(1).map(({ id }) => `v1.${id}.`);
    },

    async mac(purpose, message) {
      const key = await macKey(await newest(), purpose);
      return base64url.encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(message))));
    },

    async verifyMac(purpose, message, mac) {
      const signature = decode(mac);
      if (!signature) return false;
      for (const master of await keys()) {
        const key = await macKey(master, purpose);
        if (await crypto.subtle.verify("HMAC", key, signature, encoder.encode(message))) return true;
      }
      return false;
    },
  };
}

/** The content key of access tokens for each master key, newest first, with the `kid` that names it. */
export async function accessTokenKeys(masterKeys: Uint8Array<ArrayBuffer>[]): Promise<MasterKey[]> {
  const masters = await Promise.all(masterKeys.map(importMaster));
  return Promise.all(
    masters.map(async ({ id, key }) => ({
      id,
      key: await derive(key, "access-token", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]),
    })),
  );
}

async function importMaster(bytes: Uint8Array<ArrayBuffer>): Promise<MasterKey> {
  const id = (await sha256(`mcpstack master key ${base64url.encode(bytes)}`)).slice(0, 8);
  return { id, key: await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]) };
}

function recordKey(master: MasterKey, purpose: SealPurpose, record: string): Promise<CryptoKey> {
  return derive(master.key, `seal/${purpose}/${record}`, { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]);
}

function derive(
  master: CryptoKey,
  info: string,
  algorithm: { name: string; hash?: string; length: number },
  usages: ("encrypt" | "decrypt" | "sign" | "verify")[],
): Promise<CryptoKey> {
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: encoder.encode(`mcpstack/${info}`) };
  return crypto.subtle.deriveKey(hkdf, master, algorithm, false, usages);
}

function decode(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return new Uint8Array(base64url.decode(text));
  } catch {
    return null;
  }
}
