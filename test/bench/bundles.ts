// What the bench runs: the gateway as `wrangler deploy` makes it, and the small Workers it is compared with.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

export const root = join(import.meta.dirname, "..", "..");

/** Places in the folder, by what they are: a file, or a folder whose modules begin with index.js. */
export interface Bundles {
  gateway: string;
  counted: string;
}

const small = ["pass-through", "verify", "deny", "exchange-floor", "copies", "database", "counted-gateway"];

/** @param readable true leaves the gateway's own modules unminified, so that a profile has names */
export async function makeBundles(folder: string, readable = false): Promise<Bundles> {
  const gateway = "gateway";
  const outdir = join(folder, gateway);
  await Promise.all([
    readable ? bundle([join(root, "src/worker/index.ts")], outdir, false) : deployed(folder, outdir),
    bundle(
      small.map((name) => join(import.meta.dirname, "workers", `${name}.ts`)),
      folder,
      true,
    ),
  ]);
  return { gateway, counted: "counted-gateway.js" };
}

/** The files of a bundle, the entry first. */
export function modulesOf(folder: string, place: string): string[] {
  if (place.endsWith(".js")) return [place];
  const files = readdirSync(join(folder, place)).filter((file) => file.endsWith(".js"));
  return files
    .sort((one, other) => Number(other === "index.js") - Number(one === "index.js"))
    .map((file) => `${place}/${file}`);
}

async function deployed(folder: string, outdir: string): Promise<void> {
  const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
  const env = { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
  await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", outdir], {
    cwd: root,
    env: { ...env, WRANGLER_LOG_PATH: join(folder, "wrangler.log") },
  });
}

async function bundle(entryPoints: string[], outdir: string, minify: boolean): Promise<void> {
  await build({
    entryPoints,
    outdir,
    minify,
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
    absWorkingDir: root,
  });
}
