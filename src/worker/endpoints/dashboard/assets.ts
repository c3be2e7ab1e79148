// Stylesheet and script as files of their own: named after their content, so that browsers may keep them for a year.
import { sha256 } from "../../tokens/opaque.ts";
import type { Assets } from "../../ui/dashboard/frame.tsx";
import { script } from "../../ui/dashboard/script.ts";
import { stylesheet } from "../../ui/dashboard/style.ts";

const files = {
  style: { text: stylesheet, type: "text/css; charset=utf-8", ending: "css" },
  script: { text: script, type: "text/javascript; charset=utf-8", ending: "js" },
} as const;

let named: Promise<Assets> | null = null;

export function assets(): Promise<Assets> {
  named ??= Promise.all([pathOf("style"), pathOf("script")]).then(([style, script]) => ({ style, script }));
  return named;
}

async function pathOf(name: keyof typeof files): Promise<string> {
  const { text, ending } = files[name];
  return `/dashboard/assets/${name}.${(await sha256(text)).slice(0, 12)}.${ending}`;
}

/** A page that was open while the deployment changed gets what there is now, and may not keep it. */
export async function assetResponse(path: string): Promise<Response | null> {
  const found = /^\/dashboard\/assets\/(style|script)\.[\w-]{12}\.(css|js)$/.exec(path);
  const name = found?.[1] === "style" ? "style" : "script";
  const file = files[name];
  if (!found || found[2] !== file.ending) return null;
  const isCurrent = (await assets())[name] === path;
  return new Response(file.text, {
    headers: {
      "content-type": file.type,
      "cache-control": isCurrent ? "public, max-age=31536000, immutable" : "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}
