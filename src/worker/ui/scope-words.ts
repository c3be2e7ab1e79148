// Scopes in words: `tickets.read` becomes "Read tickets"; what has no known form stays as it is.

const verbs = new Map(
  Object.entries({
    read: "Read",
    view: "View",
    list: "List",
    search: "Search",
    write: "Create and change",
    create: "Create",
    update: "Change",
    edit: "Change",
    delete: "Delete",
    manage: "Manage",
    admin: "Manage",
    send: "Send",
  }),
);

const known = new Map(
  Object.entries({
    openid: "Know who you are",
    profile: "See your name and profile",
    email: "See your e-mail address",
    offline_access: "Stay connected when you are away",
  }),
);

/** `noun.verb`, `noun:verb` or `verb:noun`; null for any other form. */
export function scopeInWords(scope: string): string | null {
  const plain = known.get(scope);
  if (plain) return plain;
  const parts = (scope.split("/").at(-1) ?? scope).split(/[.:]/).filter((part) => part !== "");
  if (parts.length < 2) return null;
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  const lastVerb = verbs.get(last.toLowerCase());
  if (lastVerb) return `${lastVerb} ${words(parts.slice(0, -1))}`;
  const firstVerb = verbs.get(first.toLowerCase());
  return firstVerb ? `${firstVerb} ${words(parts.slice(1))}` : null;
}

function words(parts: readonly string[]): string {
  return parts.join(" ").replaceAll(/[_-]+/g, " ").toLowerCase();
}
