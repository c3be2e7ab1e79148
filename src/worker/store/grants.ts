// The grants behind their handles: finds the object that a ticket, state, code or refresh token names.
import * as base64url from "jose/base64url";
import { idPrefix, secretPrefix } from "../../contract/ids.ts";
import type { GrantObjectBase } from "./grant-object/index.ts";
import type { GrantStore, Outcome, Refused } from "./promises/grants.ts";

export type GrantNamespace = DurableObjectNamespace<GrantObjectBase<unknown>>;

/**
 * A handle is `<prefix><id>.<secret>`, the id being the object's own 32 bytes in base64url. An id that this namespace
 * never issued is refused by the platform before an object exists, so guessing creates nothing.
 */
export function createGrantStore(namespace: GrantNamespace, randomSecret: () => string): GrantStore {
  const { stubOf, find, byGrant } = objectsOf(namespace);
  return {
    async open(request) {
      const objectId = namespace.newUniqueId();
      const id = base64url.encode(fromHex(objectId.toString()));
      const grantId = `${idPrefix.grant}_${id}`;
      const ticket = `${id}.${randomSecret()}`;
      await stubOf(objectId).open(grantId, request, ticket);
      return { grantId, ticket };
    },
    async look(ticket) {
      return (await find(ticket)?.stub.look(ticket)) ?? unknown("attempt_unknown");
    },
    async deny(ticket) {
      return (await find(ticket)?.stub.deny(ticket)) ?? unknown("attempt_unknown");
    },
    async approve(ticket, browser) {
      const found = find(ticket);
      return (await found?.stub.approve(ticket, browser, found.id)) ?? unknown("attempt_unknown");
    },
    async arrive(state, proof) {
      return (await find(state)?.stub.arrive(state, proof)) ?? unknown("state_unknown");
    },
    async identify(grantId, found) {
      const object = byGrant(grantId);
      const code = `${secretPrefix.authorizationCode}${object?.id}.${randomSecret()}`;
      return (await object?.stub.identify(code, found)) ?? unknown("attempt_unknown");
    },
    async fail(grantId, reason) {
      await byGrant(grantId)?.stub.fail(reason);
    },
    async redeem(code, proof) {
      const object = find(code, secretPrefix.authorizationCode);
      const refreshToken = `${secretPrefix.refreshToken}${object?.id}.${randomSecret()}`;
      return (await object?.stub.redeem(code, proof, refreshToken)) ?? unknown("code_unknown");
    },
    async recognize(code, proof) {
      return (await find(code, secretPrefix.authorizationCode)?.stub.recognize(code, proof)) ?? unknown("code_unknown");
    },
    async refresh(token, proof, profile) {
      const object = find(token, secretPrefix.refreshToken);
      const successor = `${secretPrefix.refreshToken}${object?.id}.${randomSecret()}`;
      return (await object?.stub.refresh(token, proof, profile, successor)) ?? unknown("refresh_unknown");
    },
    async noteStepUp(grantId) {
      await byGrant(grantId)?.stub.noteStepUp();
    },
    async credential(grantId, profile) {
      return (await byGrant(grantId)?.stub.credential(profile)) ?? unknown("grant_ended");
    },
    async revokeByToken(token, proof, profile) {
      const nothing: Outcome<{ grantId: string | null }> = { ok: true, grantId: null };
      return (await find(token, secretPrefix.refreshToken)?.stub.revokeByToken(token, proof, profile)) ?? nothing;
    },
    async revokeByClient(grantId, proof, profile) {
      const nothing = { ok: true, provider: "nothing_to_revoke" } as const;
      return (await byGrant(grantId)?.stub.revokeByClient(proof, profile)) ?? nothing;
    },
    async revoke(grantId, reason, profile) {
      return (await byGrant(grantId)?.stub.revoke(reason, profile)) ?? { provider: "nothing_to_revoke" };
    },
  };
}

/** Finds objects by a handle or a grant's id; null for what is none. */
function objectsOf(namespace: GrantNamespace) {
  const stubOf = (id: DurableObjectId) => namespace.get(id);

  function find(handle: string, prefix = "") {
    const [id = "", secret] = handle.startsWith(prefix) ? handle.slice(prefix.length).split(".") : [];
    if (!secret || !/^[A-Za-z0-9_-]{43}$/.test(id)) return null;
    return objectOf(id);
  }

  function objectOf(id: string) {
    try {
      const objectId = namespace.idFromString(toHex(base64url.decode(id)));
      return { id, stub: stubOf(objectId) };
    } catch {
      return null;
    }
  }

  const byGrant = (grantId: string) => objectOf(grantId.slice(idPrefix.grant.length + 1));
  return { stubOf, find, byGrant };
}

function unknown(reason: Refused["reason"]): Refused {
  return { ok: false, reason };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
