// The server that a person names: by its slug, or by the MCP URL that their app shows.
import { isSlug } from "../../../contract/ids.ts";
import type { Settings } from "../../oauth/deployment.ts";

/** The slug, which may be anybody's; null for what can be none. Nothing but the slug of a URL is ever used. */
export function slugNamed(typed: string, settings: Pick<Settings, "origin" | "serverHostSuffix">): string | null {
  const text = typed.trim();
  const plain = text.toLowerCase();
  if (isSlug(plain)) return plain;
  if (!URL.canParse(text)) return null;
  const named = slugOfUrl(new URL(text), settings);
  return named !== undefined && isSlug(named) ? named : null;
}

function slugOfUrl({ origin, host, pathname }: URL, settings: Pick<Settings, "origin" | "serverHostSuffix">) {
  const suffix = `.${settings.serverHostSuffix}`;
  if (settings.serverHostSuffix && host.endsWith(suffix)) return host.slice(0, -suffix.length);
  return origin === settings.origin ? /^\/s\/([^/]+)/.exec(pathname)?.[1] : undefined;
}
