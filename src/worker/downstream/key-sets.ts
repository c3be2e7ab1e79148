// The key sets of providers: asked for rarely, however many tokens name keys that nobody has.
import { createLocalJWKSet, errors, type LocalJWKSet } from "jose";
import * as z from "zod";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { type CopyPlace, createCopies } from "./copies.ts";
import { fetchDocument, type GuardedFetch } from "./http.ts";

export interface KeySet {
  resolve: LocalJWKSet;
  /** As published: some providers say more of a key than the standard has. */
  keys: readonly Readonly<Record<string, unknown>>[];
}

export interface KeySets {
  /**
   * What `use` makes of the set at this address; asked once more with a fresh set when it throws jose's
   * JWKSNoMatchingKey. Throws what `use` throws, or a DownstreamError when no set is to be had: transient when the
   * provider did not answer, so that a key which may exist is never called unknown.
   */
  withKeys<T>(uri: string, use: (set: KeySet) => Promise<T>): Promise<T>;
}

export interface KeySetParts extends CopyPlace {
  guardedFetch: GuardedFetch;
}

/** An unknown key is a reason to fetch again, but a flood of unknown keys is not a flood of fetches. */
const cooldownSeconds = 30;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

export function createKeySets(parts: KeySetParts): KeySets {
  const { now, store, background } = parts;
  const copies = createCopies({ kind: "jwks", now, store, background, parse: parseKeySet });

  return {
    async withKeys(uri, use) {
      const fetchNow = () => fetchDocument(parts.guardedFetch, uri);
      const known = copies.held(uri) ?? (await copies.read(uri, fetchNow));
      try {
        return await use(known.value);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        const renewed = await copies.renewAtMostEvery(cooldownSeconds, uri, known, fetchNow);
        // The same copy again: it is as new as can be had, and the key is not in it.
        if (renewed === known) throw error;
        return use(renewed.value);
      }
    },
  };
}

function parseKeySet(text: string): KeySet {
  try {
    const set = keySet.parse(JSON.parse(text));
    return { resolve: createLocalJWKSet(set), keys: set.keys };
  } catch {
    throw new DownstreamError("metadata_invalid", { expected: "a JSON Web Key Set", field: "jwksUri" });
  }
}
