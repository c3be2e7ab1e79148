// URLs as they may be shown and kept: told apart by scheme, host and path, without what can hold a secret.

/** Every URL in the text loses what stands before `@` and what follows `?` or `#`; that there was something stays visible. */
export function withoutQueries(text: string): string {
  return text.replaceAll(/\b([a-z][a-z0-9+.-]*:(?:\/\/)?)(?:[^\s/?#@]*@)?([^\s?#]*)(?:[?#]\S*)?/gi, hide);
}

function hide(url: string, scheme: string, place: string): string {
  // `error: words` is no URL.
  if (place === "") return url;
  return /[?#]/.test(url) ? `${scheme}${place}?…` : `${scheme}${place}`;
}
