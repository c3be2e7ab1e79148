// Single use among all edges: a statement's digest chooses the object that has the last word on it.
import * as base64url from "jose/base64url";
import { sha256 } from "../oauth/digest.ts";
import { StorageFault } from "../oauth/storage-fault.ts";
import type { ReplayStore } from "./promises/replays.ts";
import type { ReplayObjectBase } from "./replay-object/index.ts";

export type ReplayNamespace = DurableObjectNamespace<ReplayObjectBase<unknown>>;

/**
 * Objects that statements are spread over, by digest and not by signer: one hosted client may be most of the traffic. An
 * object takes at least 200 writes a second, so these take 6,400 statements, which is a refresh an hour for 23 million
 * grants; and they are few enough to stay warm and to be paid for once (the first use of a named object is slow). A
 * changed count finds other objects: a statement that is under way in that moment could be used twice.
 */
export const replayShards = 32;

export function createReplayStore(namespace: ReplayNamespace): ReplayStore {
  return {
    async firstUse({ kind, issuer, jti, until }) {
      const key = await sha256(JSON.stringify([kind, issuer, jti]));
      const object = namespace.get(namespace.idFromName(`${shardOf(key)}`));
      try {
        return await object.firstUse(key, until);
      } catch (cause) {
        // Whatever it was: nobody knows whether this was the first use, so it counts as none.
        throw new StorageFault("the objects of single use did not answer", { cause });
      }
    },
  };
}

/** @param key base64url of a digest, whose bytes are even */
function shardOf(key: string): number {
  return (base64url.decode(key)[0] ?? 0) % replayShards;
}
