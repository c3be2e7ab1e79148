// A provider's own words, made safe to show and to log.

const limit = 500;

/** Control and bidirectional characters become spaces, and the text is cut at 500 characters (CVE-2026-1721). */
export function providerWords(text: string): string {
  const plain = text
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  const characters = [...plain];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join("")}…` : plain;
}

/** `error: description`, as OAuth errors are told. */
export function providerError(error: string, description: string | null | undefined): string {
  return providerWords(description ? `${error}: ${description}` : error);
}
