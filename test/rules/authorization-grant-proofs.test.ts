// Who may use a code or a refresh token: every proof, before anything changes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeLifetime, replayWindow } from "../../src/worker/oauth/lifetimes.ts";
import { boundRequest, judgeClient, judgeCode, judgeRefresh } from "../../src/worker/store/grant-object/proof.ts";
import type { GrantRecord } from "../../src/worker/store/grant-object/record.ts";
import type { CodeProof, RefreshProof } from "../../src/worker/store/promises/grants.ts";
import {
  confidential,
  departed,
  hashes,
  identified,
  lifetimes,
  redeemed,
  resource,
  start,
} from "./authorization-record.ts";

const baseUrl = "https://mcp.example.com";
const ended = { at: start, reason: "grant_revoked", published: true } as const;

const codeProof: CodeProof = {
  clientId: "client",
  secretHash: null,
  redirectUri: "http://127.0.0.1:5000/cb",
  codeVerifier: null,
  resource,
  slug: "support",
};
interface CodeAttempt extends Partial<CodeProof> {
  codeHash?: string;
  verifierHash?: string | null;
  now?: number;
}
function judgeCodeWith(record: GrantRecord | null, attempt: CodeAttempt = {}) {
  const { codeHash = hashes.code, verifierHash = hashes.challenge, now = start + 1, ...proof } = attempt;
  return judgeCode(record, codeHash, { ...codeProof, ...proof }, verifierHash, now);
}

const keyed = (record: GrantRecord, ...authMethods: ("none" | "private_key_jwt")[]): GrantRecord => ({
  ...record,
  request: { ...record.request, client: { ...record.request.client, authMethods } },
});
const keyProven = { keyProven: true };
const both = ["none", "private_key_jwt"] as const;

describe("P-40 and P-69 how a client must prove itself", () => {
  test.each<[string, GrantRecord, object, string | null]>([
    ["a grant from before clients had methods, no assertion", redeemed(), {}, null],
    ["a grant from before clients had methods, an assertion all the same", redeemed(), keyProven, null],
    ["none offered, no assertion", keyed(redeemed(), "none"), {}, null],
    ["both offered, no assertion", keyed(redeemed(), ...both), {}, null],
    ["both offered, an assertion", keyed(redeemed(), ...both), keyProven, null],
    ["only a key offered, an assertion", keyed(redeemed(), "private_key_jwt"), keyProven, null],
    ["only a key offered, no assertion", keyed(redeemed(), "private_key_jwt"), {}, "client_assertion_required"],
    [
      "only a key offered, a secret instead",
      keyed(redeemed(), "private_key_jwt"),
      { secretHash: hashes.secret },
      "client_assertion_required",
    ],
    [
      "an assertion that did not prove right",
      keyed(redeemed(), "private_key_jwt"),
      { keyProven: false },
      "client_assertion_required",
    ],
    ["no method at all, which no document has", keyed(redeemed()), {}, "client_assertion_required"],
    ["a secret, an assertion instead", confidential(redeemed()), keyProven, "client_authentication_failed"],
    [
      "another client's assertion",
      keyed(redeemed(), "private_key_jwt"),
      { ...keyProven, clientId: "other" },
      "client_unknown",
    ],
  ])("%s", (_, record, proof, reason) => {
    expect(judgeClient(record, { ...codeProof, ...proof })?.reason ?? null).toBe(reason);
  });

  test.each([[["none", "private_key_jwt"]], [["private_key_jwt"]], [undefined]] as const)(
    "a code of %j redeemed with an assertion: from then on never without",
    (methods) => {
      const record = methods ? keyed(identified(), ...methods) : identified();
      const request = boundRequest(record, { ...codeProof, ...keyProven });
      expect(judgeClient({ ...record, request }, codeProof)?.reason).toBe("client_assertion_required");
      expect(judgeClient({ ...record, request }, { ...codeProof, ...keyProven })).toBeNull();
    },
  );

  test("a code redeemed without an assertion leaves the grant as it was", () => {
    const record = keyed(identified(), ...both);
    expect(boundRequest(record, codeProof)).toBe(record.request);
  });
});

describe("P-65 and P-66 redeeming a code", () => {
  test.each([
    ["with every proof", identified(), {}],
    ["without redirect_uri (O21 §10.2)", identified(), { redirectUri: null }],
    ["without resource (older clients)", identified(), { resource: null }],
    ["with a slash after the resource", identified(), { resource: `${resource}/` }],
    [
      "with the resource's host in upper case",
      identified(),
      { resource: resource.replace("mcp.example", "MCP.Example") },
    ],
    ["at the endpoint without a path", identified(), { slug: null }],
    ["a public client that sends a secret all the same", identified(), { secretHash: hashes.wrong }],
    ["a confidential client with its secret", confidential(identified()), { secretHash: hashes.secret }],
    ["in the last second", identified(), { now: start + codeLifetime - 1 }],
  ])("%s", (_, record, attempt) => {
    expect(judgeCodeWith(record, attempt)).toEqual({ verdict: "redeem" });
  });

  test.each<[string, GrantRecord | null, CodeAttempt, string]>([
    ["no such grant", null, {}, "code_unknown"],
    ["an attempt without a code", departed(), {}, "code_unknown"],
    ["another secret part", identified(), { codeHash: hashes.wrong }, "code_unknown"],
    ["an empty hash", identified(), { codeHash: "" }, "code_unknown"],
    ["expired", identified(), { now: start + codeLifetime }, "code_unknown"],
    ["another client", identified(), { clientId: "other" }, "client_unknown"],
    ["another case of the client id", identified(), { clientId: "Client" }, "client_unknown"],
    ["no secret from a confidential client", confidential(identified()), {}, "client_authentication_failed"],
    ["a wrong secret", confidential(identified()), { secretHash: hashes.wrong }, "client_authentication_failed"],
    ["an empty secret hash", confidential(identified()), { secretHash: "" }, "client_authentication_failed"],
    ["another server's endpoint", identified(), { slug: "sales" }, "code_unknown"],
    ["another redirect_uri", identified(), { redirectUri: "http://127.0.0.1:5001/cb" }, "redirect_uri_mismatch"],
    ["an empty redirect_uri", identified(), { redirectUri: "" }, "redirect_uri_mismatch"],
    ["another server's resource (P-67)", identified(), { resource: `${baseUrl}/s/sales/mcp` }, "resource_unknown"],
    ["the base URL as resource (CVE-2025-69196)", identified(), { resource: baseUrl }, "resource_unknown"],
    ["no verifier (CVE-2025-4144)", identified(), { verifierHash: null }, "pkce_mismatch"],
    ["an empty verifier hash (CVE-2025-4144)", identified(), { verifierHash: "" }, "pkce_mismatch"],
    ["a wrong verifier", identified(), { verifierHash: hashes.wrong }, "pkce_mismatch"],
    ["a grant that ended", identified({ state: "ended", ended }), {}, "grant_ended"],
  ])("%s is refused", (_, record, attempt, reason) => {
    expect(judgeCodeWith(record, attempt)).toMatchObject({ ok: false, reason });
  });

  test("a replay with every proof is told apart, since it ends the grant", () => {
    expect(judgeCodeWith(redeemed(), { now: start + 86_400 })).toEqual({ verdict: "replay" });
  });

  test.each<[string, CodeAttempt]>([
    ["a wrong verifier", { verifierHash: hashes.wrong }],
    ["no verifier", { verifierHash: null }],
    ["another client", { clientId: "other" }],
    ["another redirect_uri", { redirectUri: "https://evil.example/cb" }],
    ["another resource", { resource: baseUrl }],
    ["another server's endpoint", { slug: "sales" }],
  ])("P-65 a replay with %s does not end the grant: it would be a way to log others out", (_, attempt) => {
    expect(judgeCodeWith(redeemed(), attempt)).toMatchObject({ ok: false });
  });

  test("redeem and replay are said only where every proof is right", () => {
    const guess = fc.constantFrom(...Object.values(hashes), "", null);
    fc.assert(
      fc.property(
        fc.record({
          codeHash: guess.map((hash) => hash ?? "x"),
          verifierHash: guess,
          secretHash: guess,
          clientId: fc.constantFrom("client", "other", ""),
          redirectUri: fc.constantFrom(codeProof.redirectUri, null, "https://evil.example/cb"),
          resource: fc.constantFrom(resource, null, baseUrl, `${resource}/x`),
          slug: fc.constantFrom("support", null, "sales"),
          now: fc.integer({ min: start, max: start + 2 * codeLifetime }),
        }),
        fc.constantFrom(identified(), redeemed(), confidential(identified()), confidential(redeemed()), departed()),
        (attempt, record) => {
          const judged = judgeCodeWith(record, attempt);
          if (!("verdict" in judged)) return true;
          const proven =
            attempt.codeHash === hashes.code &&
            attempt.verifierHash === hashes.challenge &&
            attempt.clientId === "client" &&
            (record.request.client.secretHash === null || attempt.secretHash === hashes.secret) &&
            attempt.redirectUri !== "https://evil.example/cb" &&
            (attempt.resource === resource || attempt.resource === null) &&
            attempt.slug !== "sales";
          const inTime = attempt.now < start + codeLifetime;
          return (
            proven &&
            (judged.verdict === "replay" ? record.state === "redeemed" : inTime && record.state === "identified")
          );
        },
      ),
      { numRuns: 5000 },
    );
  });
});

const refreshProof: RefreshProof = {
  clientId: "client",
  secretHash: null,
  resource: null,
  slug: "support",
  scope: null,
};
interface RefreshAttempt extends Partial<RefreshProof> {
  token?: string;
  now?: number;
}
function judgeRefreshWith(record: GrantRecord | null, attempt: RefreshAttempt = {}) {
  const { token = hashes.current, now = start + 1, ...proof } = attempt;
  return judgeRefresh(record, token, { ...refreshProof, ...proof }, (hash) => hash === hashes.spent, now);
}

describe("P-71 refreshing", () => {
  test.each<[string, RefreshAttempt, string]>([
    ["the current token rotates", {}, "rotate"],
    ["at the endpoint without a path", { slug: null }, "rotate"],
    ["with the resource", { resource }, "rotate"],
    ["the previous token is repeated at once", { token: hashes.previous }, "repeat"],
    [
      "the previous token in the last second of its grace",
      { token: hashes.previous, now: start + replayWindow },
      "repeat",
    ],
    ["the previous token after its grace", { token: hashes.previous, now: start + replayWindow + 1 }, "reuse"],
    ["an older token, even at once", { token: hashes.spent }, "reuse"],
  ])("%s", (_, attempt, verdict) => {
    expect(judgeRefreshWith(redeemed(), attempt)).toEqual({ verdict });
  });

  test.each<[string, GrantRecord | null, RefreshAttempt, string]>([
    ["no such grant", null, {}, "refresh_unknown"],
    ["a grant before its redemption", identified(), {}, "refresh_unknown"],
    ["a token that never was", redeemed(), { token: hashes.wrong }, "refresh_unknown"],
    ["an empty hash", redeemed(), { token: "" }, "refresh_unknown"],
    ["another client", redeemed(), { clientId: "other" }, "client_unknown"],
    ["a confidential client without its secret", confidential(redeemed()), {}, "client_authentication_failed"],
    ["another server's endpoint", redeemed(), { slug: "sales" }, "refresh_unknown"],
    ["another resource", redeemed(), { resource: `${baseUrl}/s/sales/mcp` }, "resource_unknown"],
    ["the base URL (CVE-2025-69196)", redeemed(), { resource: baseUrl }, "resource_unknown"],
    ["a grant that was revoked", redeemed({ state: "ended", ended }), {}, "grant_revoked"],
    ["a grant that was idle for too long", redeemed(), { now: start + lifetimes.idle }, "grant_ended"],
  ])("%s is refused", (_, record, attempt, reason) => {
    expect(judgeRefreshWith(record, attempt)).toMatchObject({ ok: false, reason });
  });

  test.each([hashes.previous, hashes.spent])("an old token from another client does not end the family", (token) => {
    const attempt = { token, now: start + 3_600 };
    expect(judgeRefreshWith(redeemed(), { ...attempt, clientId: "other" })).toMatchObject({ ok: false });
    expect(judgeRefreshWith(confidential(redeemed()), attempt)).toMatchObject({ ok: false });
  });

  test("a grant ends at its full age, however busy it is", () => {
    const busy = redeemed();
    const now = start + lifetimes.max;
    const record = { ...busy, authorization: busy.authorization && { ...busy.authorization, lastUsedAt: now - 1 } };
    expect(judgeRefreshWith(record, { now: now - 1 })).toEqual({ verdict: "rotate" });
    expect(judgeRefreshWith(record, { now })).toMatchObject({ reason: "grant_ended" });
  });
});
