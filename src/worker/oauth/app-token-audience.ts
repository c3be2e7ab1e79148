// For whom a token is: the profile's resource, or what its provider writes in place of an audience. Never skipped.
import type { AccessTokenRules } from "../../contract/providers.ts";
import { type Claims, claimAt } from "./claim-path.ts";
import type { GatewayProfile } from "./profile.ts";
import { providerWords } from "./provider-words.ts";

export interface AudienceExpectation {
  resource: string | null;
  acceptedClientIds: readonly string[];
  /** The gateway's own client, where the token was just issued to it. */
  ownClientId?: string;
  tokenIssuers: GatewayProfile["tokenIssuers"];
  /** Whether a page's origin may stand for the audience. */
  acceptsOrigin(origin: string): boolean;
}

export type AudienceVerdict =
  | { ok: true }
  | { ok: false; absent: boolean; expected: string; seen: string; field: "resource" | "acceptedClientIds" };

/** The first claim of the preset that the token has decides; a value that the profile lacks matches nothing. */
export function judgeAudience(claims: Claims, rules: AccessTokenRules, expected: AudienceExpectation): AudienceVerdict {
  const values = valuesOf(rules, expected);
  for (const { claim, accept, field } of rules.audience) {
    const seen = textsAt(claims, claim);
    if (seen.length === 0) continue;
    const fits = (text: string) =>
      accept.some((name) => (name === "{agentOrigins}" ? expected.acceptsOrigin(text) : values[name]?.includes(text)));
    if (seen.some(fits)) return { ok: true };
    const wanted = accept.flatMap((name) => values[name] ?? []).join(" or ") || "nothing that the profile lists";
    const name = claim.join(".");
    return {
      ok: false,
      absent: false,
      expected: `${name} ${wanted}`,
      seen: told(name, seen, rules.providerAudiences),
      field,
    };
  }
  const names = rules.audience.map(({ claim }) => claim.join(".")).join(" or ");
  const [first] = rules.audience;
  const field = expected.resource === null && first ? first.field : "resource";
  return {
    ok: false,
    absent: true,
    expected: `${names} for ${expected.resource ?? "a client of the profile's list"}`,
    seen: "none",
    field,
  };
}

function valuesOf(rules: AccessTokenRules, expected: AudienceExpectation): Record<string, readonly string[]> {
  const resources = expected.resource === null ? [] : [expected.resource];
  const sources = { resource: resources, tokenIssuers: expected.tokenIssuers.map(({ issuer }) => issuer) };
  const derived = rules.derived.map(({ name, from, matches, to }) => {
    const fitting = sources[from].filter((text) => matches.test(text));
    return [`{${name}}`, fitting.map((text) => text.replace(matches, to))] as const;
  });
  return {
    "{resource}": resources,
    "{acceptedClientIds}": [...expected.acceptedClientIds, ...(expected.ownClientId ? [expected.ownClientId] : [])],
    "{listedClientIds}": expected.acceptedClientIds,
    ...Object.fromEntries(derived),
  };
}

function textsAt(claims: Claims, path: readonly string[]): string[] {
  const value = claimAt(claims, path);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((entry): entry is string => typeof entry === "string" && entry !== "");
}

function told(name: string, seen: readonly string[], known: AccessTokenRules["providerAudiences"]): string {
  const named = seen.map((text) => (Object.hasOwn(known, text) ? `${text} (${known[text]})` : text));
  return providerWords(`${name} ${named.join(" ")}`);
}
