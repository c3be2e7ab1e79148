// The protocol's own conformance suite as a child process, and its verdicts check by check.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";

const program = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/conformance/dist/index.js");

/** How the table of clients names it. */
export const suite = ["MCP conformance suite", "0.2.0-alpha.12"] as const;

const status = z.enum(["SUCCESS", "FAILURE", "WARNING", "SKIPPED", "INFO"]);
const results = z.array(
  z.looseObject({ id: z.string(), name: z.string(), status, errorMessage: z.string().optional() }),
);

export interface Verdict {
  scenario: string;
  /** The suite's id, its name, and a number where a scenario gives both more than once. */
  check: string;
  status: z.infer<typeof status>;
  /** What the suite expected and saw; empty when it passed. */
  why: string;
}

export interface Run {
  verdicts: Verdict[];
  code: number | null;
  printed: string;
}

/**
 * Runs `conformance <args>` to its end. Results are kept apart per run, whatever else runs at the same time.
 *
 * @param heard is told all that was printed so far, each time that more is
 */
export async function runSuite(
  args: string[],
  environment: Record<string, string> = {},
  heard: (printed: string) => void = () => {},
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "mcpstack-conformance-"));
  try {
    const child = spawn(process.execPath, [program, ...args, "-o", folder], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        printed += chunk;
        heard(printed);
      });
    }
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const folders = readdirSync(folder).sort();
    return { verdicts: folders.flatMap((name) => read(folder, name)), code, printed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many checks ended how. Notes of what the suite saw on its way are not checks. */
export function tally(verdicts: readonly Verdict[]) {
  const count = (wanted: Verdict["status"]) => verdicts.filter((verdict) => verdict.status === wanted).length;
  return {
    passed: count("SUCCESS"),
    failed: count("FAILURE"),
    warnings: count("WARNING"),
    skipped: count("SKIPPED"),
  };
}

/** One line per check, so that two runs can be compared as lists. */
export function lines(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter((verdict) => verdict.status !== "INFO")
    .map(({ scenario, check, status: ended }) => `${scenario} · ${check} · ${ended}`)
    .sort();
}

/** What did not pass, with the suite's own words. */
export function faults(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter((verdict) => verdict.status === "FAILURE" || verdict.status === "WARNING")
    .map(({ scenario, check, status: ended, why }) => `${scenario} · ${check} · ${ended} · ${why}`);
}

/** A folder per scenario: its mode, its name (whose slashes may have become folders) and when it ran. */
function read(folder: string, name: string): Verdict[] {
  const entries = readdirSync(join(folder, name));
  if (!entries.includes("checks.json")) return entries.sort().flatMap((entry) => read(folder, join(name, entry)));
  const scenario = name.replace(/^(?:authorization-server|server)-/, "").replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/, "");
  const seen = new Map<string, number>();
  return results.parse(JSON.parse(readFileSync(join(folder, name, "checks.json"), "utf8"))).map((check) => {
    const key = `${check.id} ${check.name}`;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    const title = times === 1 ? key : `${key} #${times}`;
    return { scenario, check: title, status: check.status, why: check.errorMessage ?? "" };
  });
}
