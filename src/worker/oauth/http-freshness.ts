// How long a copy of what was fetched is fresh, as its HTTP headers say (RFC 9111 §4.2).

/**
 * Seconds, within the given bounds: the origin's word counts between them, and without a word `unsaid` does.
 * @param now epoch seconds
 */
export function freshSeconds(
  headers: Headers,
  now: number,
  bounds: { least: number; most: number; unsaid: number },
): number {
  const said = saidSeconds(headers, now) ?? bounds.unsaid;
  return Math.min(bounds.most, Math.max(bounds.least, said));
}

function saidSeconds(headers: Headers, now: number): number | null {
  const directives = directivesOf(headers.get("cache-control") ?? "");
  if (directives.has("no-store") || directives.has("no-cache") || directives.has("private")) return 0;
  const age = seconds(headers.get("age")) ?? 0;
  // This is a cache that many share, so `s-maxage` goes first.
  const lifetime = seconds(directives.get("s-maxage")) ?? seconds(directives.get("max-age"));
  if (lifetime !== null) return lifetime - age;
  const expires = headers.get("expires");
  if (expires === null) return null;
  const at = Date.parse(expires);
  // A date that cannot be read is one in the past (RFC 9111 §5.3).
  if (Number.isNaN(at)) return 0;
  const sent = Date.parse(headers.get("date") ?? "");
  return (at - (Number.isNaN(sent) ? now * 1000 : sent)) / 1000 - age;
}

function directivesOf(value: string): Map<string, string> {
  return new Map(
    value.split(",").map((part) => {
      const [name = "", argument = ""] = part.split("=");
      return [name.trim().toLowerCase(), argument.trim().replaceAll('"', "")];
    }),
  );
}

function seconds(text: string | null | undefined): number | null {
  return text && /^\d{1,10}$/.test(text) ? Number(text) : null;
}
