// Which scopes a call needs and whether the granted ones cover them.

/** Every scope that the named tools need together, without repetition; tools that are not listed need none. */
export function neededScopes(
  tools: readonly { name: string; scopes: readonly string[] }[],
  called: readonly string[],
): string[] {
  return [...new Set(tools.filter((tool) => called.includes(tool.name)).flatMap((tool) => tool.scopes))];
}

/**
 * Whether one granted scope covers the needed one (P-17). A gateway cannot know a provider's hierarchy beyond what its
 * operator says, so only two shapes are read as broader: a wildcard (`tickets.*`, `tickets:*`), and a scope of one word before the same word with
 * a part behind it (`tickets` before `tickets.read`, `repo` before `repo:status`). A scope of several parts is never
 * broader than a longer one, because at some providers the longer name is the wider right (`Mail.Read.Shared`).
 */
export function covers(granted: string, needed: string): boolean {
  if (granted === needed) return true;
  if (/^.+[.:]\*$/.test(granted)) return needed.startsWith(granted.slice(0, -1));
  if (!/^[^.:/]+$/.test(granted)) return false;
  return needed.startsWith(`${granted}.`) || needed.startsWith(`${granted}:`);
}

/** What an operator says of a provider's scopes: whoever holds `name` may do what `scopes` allow. */
export type BroaderScopes = readonly { readonly name: string; readonly scopes: readonly string[] }[];

/** The needed scopes that nothing granted covers. */
export function missingScopes(
  granted: readonly string[],
  needed: readonly string[],
  broader: BroaderScopes = [],
): string[] {
  const held = withNarrower(granted, broader);
  return needed.filter((scope) => !held.some((one) => covers(one, scope)));
}

/** Also through several steps: a scope that includes one that includes another. */
export function withNarrower(granted: readonly string[], broader: BroaderScopes = []): string[] {
  const held = new Set(granted);
  // A set goes on with what is added while it is walked, and takes nothing twice.
  for (const scope of held) {
    for (const { name, scopes } of broader) {
      if (covers(scope, name)) for (const narrower of scopes) held.add(narrower);
    }
  }
  return [...held];
}
