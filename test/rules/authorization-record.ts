// A grant's record at each of its stations, for the tests of the rules that judge it.
import { sha256 } from "../../src/worker/oauth/digest.ts";
import type { GrantRecord } from "../../src/worker/store/grant-object/record.ts";

export const start = 1_800_000_000;
export const resource = "https://mcp.example.com/s/support/mcp";
export const verifier = "v".repeat(43);
export const hashes = {
  ticket: await sha256("ticket"),
  browser: await sha256("browser"),
  state: await sha256("state"),
  cookie: await sha256("cookie"),
  code: await sha256("code"),
  challenge: await sha256(verifier),
  secret: await sha256("client secret"),
  current: await sha256("refresh 2"),
  previous: await sha256("refresh 1"),
  spent: await sha256("refresh 0"),
  wrong: await sha256("wrong"),
};
export const lifetimes = { idle: 30 * 86_400, max: 90 * 86_400, access: 3_600 };

/** A public client's attempt that was just opened; `changes` overwrite whole members. */
export function opened(changes: Partial<GrantRecord> = {}): GrantRecord {
  return {
    v: 1,
    grantId: "grt_1",
    state: "opened",
    request: {
      organizationId: "org_1",
      serverId: "srv_1",
      slug: "support",
      serverName: "Support",
      gatewayId: "gw_1",
      issuer: "https://mcp.example.com/s/support",
      resource,
      client: { id: "client", name: "App", kind: "registered", secretHash: null },
      redirectUri: "http://127.0.0.1:5000/cb",
      state: "s",
      scope: ["tickets.read"],
      codeChallenge: hashes.challenge,
      consentDigest: "",
    },
    openedAt: start,
    ticketHash: hashes.ticket,
    approval: null,
    departure: null,
    code: null,
    authorization: null,
    refresh: null,
    ended: null,
    ...changes,
  };
}

export function departed(changes: Partial<GrantRecord> = {}): GrantRecord {
  return opened({
    state: "departed",
    approval: { at: start, browserHash: hashes.browser },
    departure: { at: start, stateHash: hashes.state, cookieHash: hashes.cookie, sealed: "sealed departure" },
    ...changes,
  });
}

/** The person came back; the code was minted at `start`. */
export function identified(changes: Partial<GrantRecord> = {}): GrantRecord {
  return departed({
    state: "identified",
    code: { at: start, hash: hashes.code },
    authorization: {
      at: start,
      identity: {
        issuer: "https://idp.example.com",
        subject: "user1",
        userId: "usr_1",
        workspace: null,
        email: null,
      },
      scope: ["tickets.read"],
      lifetimes,
      tokensSealed: "",
      credentialExpiresAt: null,
      renewable: true,
      stepUpAt: null,
      lastUsedAt: start,
      touchedAt: start,
      tokensExpireAt: start,
    },
    ...changes,
  });
}

/** Redeemed, and rotated once at `start`. */
export function redeemed(changes: Partial<GrantRecord> = {}): GrantRecord {
  return identified({
    state: "redeemed",
    refresh: {
      hash: hashes.current,
      previous: { hash: hashes.previous, at: start, successorSealed: "sealed successor" },
    },
    ...changes,
  });
}

export function confidential(record: GrantRecord): GrantRecord {
  return { ...record, request: { ...record.request, client: { ...record.request.client, secretHash: hashes.secret } } };
}
