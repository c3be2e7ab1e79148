// What the bench runs: the gateway as `wrangler deploy` makes it, and the small Workers it is compared with.
import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

export const root = join(import.meta.dirname, "..", "..");

/** Files in the folder, by what they are. */
export interface Bundles {
  folder: string;
  gateway: string;
  counted: string;
  /** Kilobytes after gzip. */
  gatewayKb: number;
}

const small = ["pass-through", "verify", "deny", "exchange-floor", "copies", "database", "counted-gateway"];

/** @param readable true leaves the gateway's own bundle unminified, so that a profile has names */
export async function makeBundles(folder: string, readable = false): Promise<Bundles> {
  await Promise.all([
    readable ? bundle([join(root, "src/worker/index.ts")], folder, "gateway") : deployBundle(folder),
    bundle(
      small.map((name) => join(import.meta.dirname, "workers", `${name}.ts`)),
      folder,
    ),
  ]);
  const gateway = "gateway.js";
  const gatewayKb = Math.round(gzipSync(readFileSync(join(folder, gateway)), { level: 9 }).length / 102.4) / 10;
  return { folder, gateway, counted: "counted-gateway.js", gatewayKb };
}

async function deployBundle(folder: string): Promise<void> {
  const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
  const outdir = join(folder, "deploy");
  const env = { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
  await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", outdir], {
    cwd: root,
    env: { ...env, WRANGLER_LOG_PATH: join(folder, "wrangler.log") },
  });
  copyFileSync(join(outdir, "index.js"), join(folder, "gateway.js"));
}

async function bundle(entryPoints: string[], outdir: string, name?: string): Promise<void> {
  await build({
    entryPoints,
    outdir,
    ...(name !== undefined && { entryNames: name }),
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    minify: name === undefined,
    logLevel: "error",
    absWorkingDir: root,
  });
}
