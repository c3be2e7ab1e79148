// A name that an app gave itself, as it may stand in a sentence of ours.

/**
 * Whitespace and controls collapsed, direction marks and characters that show nothing dropped: a name must not be able to
 * imitate the page around it. Empty when nothing is left; 100 characters at most.
 */
export function displayName(text: string): string {
  const name = text
    .normalize("NFC")
    .replaceAll(/[\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  // By characters: half of a surrogate pair would be no text any more.
  return Array.from(name).slice(0, 100).join("");
}
