// What an issuing leaves behind in the grant, and what its access token says.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accessClaims } from "../../src/worker/endpoints/token/access-claims.ts";
import { issue } from "../../src/worker/store/grant-object/issue.ts";
import type { GrantRecord } from "../../src/worker/store/grant-object/record.ts";
import type { ServerSnapshot } from "../../src/worker/store/promises/snapshot.ts";
import { lifetimes, redeemed, resource, start } from "./authorization-record.ts";

describe("what an issuing leaves behind", () => {
  const issued = (now: number, changes: Partial<GrantRecord> = {}) => {
    const record = redeemed(changes);
    return issue(record, record.authorization!, ["tickets.read"], now);
  };

  test("the grant was used, and what the token endpoint needs goes along", () => {
    const { record, grant } = issued(start + 100);
    expect(record.authorization).toMatchObject({ lastUsedAt: start + 100 });
    expect(grant).toMatchObject({
      endsAt: start + 100 + lifetimes.idle,
      resource,
      clientId: "client",
      userId: "usr_1",
    });
  });

  test.each([
    [86_399, false],
    [86_400, true],
  ])("after %i seconds the index is touched: %s", (seconds, touch) => {
    const { record, grant } = issued(start + seconds);
    expect(grant.touch).toBe(touch);
    expect(record.authorization?.touchedAt).toBe(touch ? start + seconds : start);
  });

  test("the end never lies beyond the grant's full age", () => {
    expect(issued(start + lifetimes.max - 5).grant.endsAt).toBe(start + lifetimes.max);
  });

  test("tokens of a longer life, issued before, are not forgotten", () => {
    const before = redeemed();
    const authorization = { ...before.authorization!, tokensExpireAt: start + 999_999 };
    expect(issued(start + 1, { authorization }).record.authorization?.tokensExpireAt).toBe(start + 999_999);
  });
});

describe("P-70 what an access token says", () => {
  const base = redeemed();
  const snapshot = { epoch: 7, gateway: { accessTokenTtl: 3_600 } } as unknown as ServerSnapshot;
  const claims = (
    changes: { renewable?: boolean; expiresAt?: number | null; endsAt?: number; workspace?: string },
    now = start,
  ) => {
    const { grant } = issue(base, base.authorization!, ["a", "b"], now);
    const { expiresAt = null, ...rest } = changes;
    return accessClaims(
      { ...grant, refreshToken: "t", credential: { token: "downstream", expiresAt }, ...rest },
      snapshot,
      "at_1",
      now,
    );
  };

  test("its end would be published for as long as any of its tokens lives, on clocks a minute apart", () => {
    const lifetime = fc.integer({ min: 60, max: 86_400 });
    fc.assert(
      fc.property(lifetime, lifetime, fc.integer({ min: 0, max: 60 }), (granted, allowed, ahead) => {
        const authorization = { ...base.authorization!, lifetimes: { ...lifetimes, access: granted } };
        const { record, grant } = issue(base, authorization, [], start);
        const complete = { ...grant, refreshToken: "t", credential: { token: "downstream", expiresAt: null } };
        const profile = { epoch: 0, gateway: { accessTokenTtl: allowed } } as unknown as ServerSnapshot;
        const { exp } = accessClaims(complete, profile, "at_1", start + ahead);
        return exp <= record.authorization!.tokensExpireAt;
      }),
    );
  });

  test("one server as its audience, its issuer, person, client and scopes", () => {
    expect(claims({})).toEqual({
      iss: "https://mcp.example.com/s/support",
      aud: resource,
      sub: "usr_1",
      org: "org_1",
      gid: "grt_1",
      cid: "client",
      cn: "App",
      scope: "a b",
      ch: "oauth",
      iat: start,
      exp: start + 3_600,
      jti: "at_1",
      ep: 7,
      ds: { t: "downstream", x: null },
    });
    expect(claims({ workspace: "acme" }).ws).toBe("acme");
  });

  test.each([
    ["the profile's lifetime, though the credential is shorter and renewable", { expiresAt: start + 60 }, 3_600],
    ["no longer than a credential that nobody can renew", { renewable: false, expiresAt: start + 60 }, 60],
    ["the profile's lifetime where the provider named none", { renewable: false, expiresAt: null }, 3_600],
    ["no longer than the grant", { endsAt: start + 10 }, 10],
    ["one second at least, so that expires_in is positive", { renewable: false, expiresAt: start - 5 }, 1],
  ])("it lives %s", (_, changes, seconds) => {
    expect(claims(changes).exp - start).toBe(seconds);
  });
});
