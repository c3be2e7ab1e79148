// From claims to one user id, as tables.
import { describe, expect, test } from "vitest";
import { findProviderPreset, type ProviderPreset } from "../../src/contract/providers.ts";
import { claimText, overridePaths } from "../../src/worker/oauth/claim-path.ts";
import { appUserId, identify, subjectOf, workspaceOf } from "../../src/worker/oauth/identity-claims.ts";

const manual = preset("manual");
const sqlos = preset("sqlos");
const none = { subjectClaim: null, workspaceClaim: null, emailClaim: null };

function preset(id: string): ProviderPreset {
  const found = findProviderPreset(id);
  if (!found) throw new Error(`no preset ${id}`);
  return found;
}

describe("claim paths", () => {
  test.each<[string, Record<string, unknown>, string[], string | null]>([
    ["a member", { sub: "a" }, ["sub"], "a"],
    ["a number", { id: 42 }, ["id"], "42"],
    ["a nested member", { user: { id: "u" } }, ["user", "id"], "u"],
    [
      "a namespaced member",
      { "https://s.com/org": { organization_id: "o" } },
      ["https://s.com/org", "organization_id"],
      "o",
    ],
    ["an index", { aud: ["a", "b"] }, ["aud", "1"], "b"],
    ["the only member", { organization: ["acme"] }, ["organization", "*"], "acme"],
    ["the only key", { organization: { acme: { id: "1" } } }, ["organization", "*key"], "acme"],
    ["the only member's member", { organization: { acme: { id: "1" } } }, ["organization", "*", "id"], "1"],
    ["one of two is nobody's", { organization: { a: {}, b: {} } }, ["organization", "*key"], null],
    ["a list has no key", { organization: ["acme"] }, ["organization", "*key"], null],
    ["an empty text", { sub: "" }, ["sub"], null],
    ["an object", { sub: { a: 1 } }, ["sub"], null],
    ["a truth value", { sub: true }, ["sub"], null],
    ["a number beyond exactness", { id: 2 ** 60 }, ["id"], null],
    ["an inherited member", {}, ["constructor", "name"], null],
    ["a missing parent", { sub: "a" }, ["user", "id"], null],
  ])("%s", (_name, claims, path, expected) => {
    expect(claimText(claims, path)).toBe(expected);
  });

  test.each<[string, string, string[][]]>([
    ["a plain name", "uid", [["uid"]]],
    ["a dotted path, or a name with dots", "user.id", [["user.id"], ["user", "id"]]],
    ["names to the letter", '["https://s.com/org","organization_id"]', [["https://s.com/org", "organization_id"]]],
    ["a bracket that is no list", "[x", [["[x"]]],
  ])("an override may be %s", (_name, field, expected) => {
    expect(overridePaths(field)).toEqual(expected);
  });
});

describe("subject and workspace", () => {
  test.each<[string, ProviderPreset, Record<string, unknown>, string | null]>([
    ["org_id", manual, { org_id: "o1" }, "o1"],
    ["a tenant id", manual, { tid: "t1" }, "t1"],
    ["one organization as an object", manual, { organization: { acme: {} } }, "acme"],
    ["one organization as a list", manual, { organization: ["acme"] }, "acme"],
    ["two organizations", manual, { organization: ["a", "b"] }, null],
    ["none", manual, { sub: "u" }, null],
    ["SqlOS", sqlos, { org_id: "org_1", tid: "not this" }, "org_1"],
  ])("the workspace is found: %s", (_name, used, claims, expected) => {
    expect(workspaceOf(claims, none, used)).toBe(expected);
  });

  test("the profile's claims win over the preset's, and do not fall back to them", () => {
    expect(subjectOf({ sub: "s", uid: "u" }, { ...none, subjectClaim: "uid" }, manual)).toBe("u");
    expect(subjectOf({ sub: "s" }, { ...none, subjectClaim: "uid" }, manual)).toBeNull();
    expect(workspaceOf({ org_id: "o", team: { id: "t" } }, { ...none, workspaceClaim: "team.id" }, manual)).toBe("t");
  });

  test("a subject of several parts needs all of them", () => {
    const parts: ProviderPreset = { ...manual, identity: { ...manual.identity, subject: [[["tid"], ["oid"]]] } };
    expect(subjectOf({ tid: "t", oid: "o", sub: "s" }, none, parts)).toBe("t:o");
    expect(subjectOf({ oid: "o", sub: "s" }, none, parts)).toBeNull();
  });

  test("a workspace that only the access token names is found beside the ID token's subject", async () => {
    const person = { organizationId: "org_1", issuer: "https://i.example", claimSets: [{ sub: "u" }, { org_id: "w" }] };
    expect(await identify(person, none, manual)).toMatchObject({ subject: "u", workspace: "w", email: null });
  });

  test("e-mail and login names are never the user", async () => {
    const claimSets = [{ email: "a@b.example", preferred_username: "a", upn: "a" }];
    const nobody = identify({ organizationId: "org_1", issuer: "https://i.example", claimSets }, none, manual);
    await expect(nobody).rejects.toMatchObject({
      reason: "identity_missing",
      detail: { expected: "claim sub", seen: "claims email, preferred_username, upn" },
    });
  });
});

describe("user id", () => {
  test("it is stable, and opaque", async () => {
    const id = await appUserId("org_1", "https://i.example", "user1");
    expect(id).toBe(await appUserId("org_1", "https://i.example", "user1"));
    expect(id).toMatch(/^usr_[\w-]{22}$/);
  });

  test("organization, issuer and subject each make another person, and their border cannot be moved", async () => {
    const ids = await Promise.all([
      appUserId("org_1", "https://i.example", "u"),
      appUserId("org_2", "https://i.example", "u"),
      appUserId("org_1", "https://i.example/", "u"),
      appUserId("org_1", "https://i.example", "U"),
      appUserId("org_1", 'https://i.example","u', ""),
    ]);
    expect(new Set(ids).size).toBe(5);
  });
});
