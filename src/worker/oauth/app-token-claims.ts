// When a token is good and what it grants.
import type { AccessTokenRules } from "../../contract/providers.ts";
import { type Claims, claimAt } from "./claim-path.ts";
import { DownstreamError } from "./downstream-error.ts";
import { providerWords } from "./provider-words.ts";

/** Seconds by which a provider's clock may differ. */
const skew = 60;

/**
 * The token's end, epoch seconds. `exp` is required and numeric, and gets no allowance: what is issued for the token
 * must not outlive it, so nothing can be issued for one that is over. `nbf` and `iat` may lie a minute ahead.
 * Throws app_token_lifetime, app_token_expired or app_token_not_yet_valid.
 */
export function judgeTimes(claims: Claims, now: number): number {
  const { exp } = claims;
  if (!isTime(exp)) {
    throw new DownstreamError("app_token_lifetime", {
      expected: "a numeric exp",
      seen: exp === undefined ? "no exp" : "another exp",
    });
  }
  if (exp <= now) throw new DownstreamError("app_token_expired", { expected: `exp after ${now}`, seen: `exp ${exp}` });
  for (const name of ["nbf", "iat"] as const) {
    const time = claims[name];
    if (time === undefined || (isTime(time) && time <= now + skew)) continue;
    const seen = isTime(time) ? `${name} ${time}` : `${name} that is no time`;
    throw new DownstreamError("app_token_not_yet_valid", { expected: `${name} until ${now + skew}`, seen });
  }
  return Math.floor(exp);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** What the token grants, under every name that the profile or server may use; null when the token does not say. */
export function tokenScopes(claims: Claims, rules: AccessTokenRules, resource: string | null): string[] | null {
  for (const path of rules.scopes) {
    const value = claimAt(claims, path);
    const list = typeof value === "string" ? value.split(" ") : Array.isArray(value) ? value : null;
    if (list === null) continue;
    const scopes = list.filter((scope): scope is string => typeof scope === "string" && scope !== "");
    const alias = resource === null ? null : (rules.scopeAlias?.replace("{resource}", resource) ?? null);
    return alias === null ? scopes : scopes.flatMap((scope) => [scope, alias.replace("{scope}", () => scope)]);
  }
  return null;
}

/**
 * Requested ∩ server's ∩ token's, in the server's order. Nothing requested asks for all that the server has; a token
 * that names no scopes limits nothing. Throws exchange_scope_refused for a wish beyond the server, and
 * app_token_scopes when nothing is left although the server has scopes: the app's developer learns at sign-in what every
 * tool would otherwise refuse one by one. Only a server without scopes gets a token without any.
 */
export function exchangedScope(
  requested: readonly string[],
  ofServer: readonly string[],
  granted: readonly string[] | null,
): string[] {
  const foreign = requested.filter((scope) => !ofServer.includes(scope));
  if (foreign.length > 0) {
    const expected = ofServer.length > 0 ? ofServer.join(" ") : "no scopes: this server has none";
    throw new DownstreamError("exchange_scope_refused", {
      field: "scope",
      expected,
      seen: providerWords(foreign.join(" ")),
    });
  }
  const wanted = requested.length > 0 ? ofServer.filter((scope) => requested.includes(scope)) : [...ofServer];
  const scope = granted === null ? wanted : wanted.filter((one) => granted.includes(one));
  if (scope.length > 0 || wanted.length === 0) return scope;
  const seen = granted !== null && granted.length > 0 ? providerWords(granted.join(" ")) : "no scopes";
  throw new DownstreamError("app_token_scopes", { field: "scope", expected: `one of ${wanted.join(" ")}`, seen });
}
