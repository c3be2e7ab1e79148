// What just happened, told on the page after it: a fixed list of words, so that an address cannot put words in our mouth.

const notices: Record<string, (count: string) => string> = {
  saved: () => "Saved.",
  saved_ended: (count) => `Saved. Grants that ended, because their users are now others: ${count}.`,
  created: () => "Created.",
  gateway_created: () => "Created. Register the callback URL at the provider; the Connect tab has everything else.",
  deleted: () => "Deleted.",
  attached: () => "Attached.",
  detached: () => "Detached.",
  linked: () => "Linked.",
  unlinked: () => "Taken away.",
  rotated: () => "There is a new current key.",
  key_ended: () => "The former key no longer works.",
  token_revoked: () => "The token no longer works.",
  revoked: (count) => `Revoked: ${count}. It is refused everywhere within a minute.`,
  secret_changed: () => "The client secret was changed.",
};

export type Notice = keyof typeof notices;

export function noticeIn(query: URLSearchParams): string | null {
  const name = query.get("done") ?? "";
  const count = query.get("count") ?? "";
  if (!Object.hasOwn(notices, name)) return null;
  return notices[name]?.(/^\d{1,9}$/.test(count) ? count : "0") ?? null;
}
