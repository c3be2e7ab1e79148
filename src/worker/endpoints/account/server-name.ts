// The server that a person names: by its slug, or by the MCP URL that their app shows.
import { slug } from "../../../contract/ids.ts";
import type { Settings } from "../../oauth/deployment.ts";

/** The slug, which may be anybody's; null for what can be none. Nothing but the slug of a URL is ever used. */
export function slugNamed(typed: string, settings: Pick<Settings, "origin" | "serverHostSuffix">): string | null {
  const text = typed.trim();
  const plain = slug.safeParse(text.toLowerCase());
  if (plain.success) return plain.data;
  if (!URL.canParse(text)) return null;
  const named = slug.safeParse(slugOfUrl(new URL(text), settings));
  return named.success ? named.data : null;
}

function slugOfUrl({ origin, host, pathname }: URL, settings: Pick<Settings, "origin" | "serverHostSuffix">) {
  const suffix = `.${settings.serverHostSuffix}`;
  if (settings.serverHostSuffix && host.endsWith(suffix)) return host.slice(0, -suffix.length);
  return origin === settings.origin ? /^\/s\/([^/]+)/.exec(pathname)?.[1] : undefined;
}
