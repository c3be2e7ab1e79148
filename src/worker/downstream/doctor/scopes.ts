// Scopes against what the provider lists: those of the profile, and which tool of which server needs an unknown one.
import type { Finding } from "../../../contract/management/check.ts";
import { signInScopes } from "../../../contract/providers/sign-in-scopes.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { ProviderMetadata } from "../../oauth/provider-metadata.ts";
import { allScopes } from "../../oauth/scope.ts";
import type { ExaminedServer } from "./port.ts";
import { finding, type Note } from "./report.ts";

type Listed = Pick<ProviderMetadata, "scopes">;

export function examineProfileScopes({ scopes: listed }: Listed, { scopes }: Pick<GatewayProfile, "scopes">): Finding {
  const note: Note = { expected: told(listed), field: "scopes" };
  const silent = silence(listed);
  const judged = silent ? scopes.filter((scope) => signInScopes.includes(scope)) : scopes;
  const unknown = listed.length === 0 ? [] : judged.filter((scope) => !listed.includes(scope));
  if (unknown.length > 0) {
    return finding("scopes", "warn", {
      ...note,
      reason: "provider_scope_unlisted",
      seen: `not listed: ${told(unknown)}`,
    });
  }
  if (silent && judged.length < scopes.length) return finding("scopes", "skip", { seen: silent });
  return finding("scopes", "pass", { expected: told(listed), seen: told(scopes) });
}

export function examineServerScopes({ scopes: listed }: Listed, server: ExaminedServer): Finding {
  const wanted = allScopes(server);
  const note: Note = { server: server.slug, expected: told(listed) };
  if (wanted.length === 0) {
    const seen = "no scopes: whoever signs in may call every tool";
    return finding("server.scopes", "warn", { server: server.slug, seen, field: "scopes", fix: noScopesFix });
  }
  const silent = silence(listed);
  if (silent) return finding("server.scopes", "skip", { server: server.slug, seen: silent });
  const unknown = wanted.filter((scope) => !listed.includes(scope));
  if (unknown.length === 0) return finding("server.scopes", "pass", { ...note, seen: told(wanted) });
  const field = unknown.some((scope) => server.scopes.includes(scope)) ? "scopes" : "tools";
  const seen = `not listed: ${unknown.map((scope) => `${scope} (${neededBy(scope, server)})`).join(", ")}`;
  return finding("server.scopes", "warn", { ...note, reason: "provider_scope_unlisted", seen, field });
}

/** Tools that cannot be called without this scope. */
export function neededBy(scope: string, { scopes, tools }: Pick<ExaminedServer, "scopes" | "tools">): string {
  const names = tools.filter((tool) => tool.scopes.includes(scope)).map(({ name }) => name);
  if (names.length > 0) return `needed by ${names.slice(0, 10).join(" ")}`;
  return scopes.includes(scope) ? "needed by the server" : "needed by nothing";
}

const noScopesFix = "Give the server the scopes that its tools need, so that people are asked for nothing else.";

/** Why nothing can be said about an API's scopes; null when the list tells of them. */
function silence(listed: readonly string[]): string | null {
  if (listed.length === 0) return "the provider lists no scopes";
  if (listed.every((scope) => signInScopes.includes(scope))) return "the provider lists only its sign-in scopes";
  return null;
}

function told(scopes: readonly string[]): string {
  return scopes.length > 0 ? scopes.slice(0, 60).join(" ") : "none";
}
