// How large the deployed Worker is and how long its start takes, whose code it is, and what of it every isolate loads.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { readBundleSize, type Share } from "../rig/bundle-size.ts";
import { root } from "./bundles.ts";

/** Kilobytes after gzip. */
export interface Size {
  startupKb: number;
  totalKb: number;
  modules: number;
  /** Milliseconds that `wrangler check startup` found the Worker busy for, here. */
  startupMs: number;
  shares: { name: string; startupKb: number; totalKb: number }[];
}

/** Shares smaller than this are gathered into one, bytes. */
const least = 1024;

export async function measuredSize(): Promise<Size> {
  const startupMs = await startupTime();
  const { startup, total, modules, shares } = readBundleSize(root);
  const atStart = new Map(shares.startup.map(({ name, gzip }) => [name, gzip]));
  const row = (name: string, of: Share[]) => ({
    name,
    startupKb: kilobytes(of.reduce((sum, share) => sum + (atStart.get(share.name) ?? 0), 0)),
    totalKb: kilobytes(of.reduce((sum, { gzip }) => sum + gzip, 0)),
  });
  const [large, small] = [
    shares.total.filter(({ gzip }) => gzip >= least),
    shares.total.filter((one) => one.gzip < least),
  ];
  return {
    ...{ startupKb: kilobytes(startup), totalKb: kilobytes(total), modules, startupMs },
    shares: [...large.map((share) => row(share.name, [share])), ...(small.length > 0 ? [row("the rest", small)] : [])],
  };
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 102.4) / 10;
}

/** Builds as a deployment does, so that the sizes are of the same code. */
async function startupTime(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "mcpstack-startup-"));
  try {
    const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
    const args = [wrangler, "check", "startup", "--outfile", join(folder, "startup.cpuprofile")];
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(folder, "wrangler.log") };
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
    const [, active] = /Active: +([\d.]+) ms/.exec(stripVTControlCharacters(stdout)) ?? [];
    if (active === undefined) throw new Error(`wrangler check startup named no time:\n${stdout}`);
    return Number(active);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
