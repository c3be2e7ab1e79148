// What `login` keeps between commands: one small file in the platform's folder, readable by its owner alone.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, posix, win32 } from "node:path";
import * as z from "zod";
import { Failure } from "./failure.ts";

const config = z.object({
  url: z.string(),
  token: z.string(),
  /** The organization that commands mean when none is named. */
  organization: z.string().optional(),
});
export type Config = z.infer<typeof config>;

export interface Place {
  platform: NodeJS.Platform;
  home: string;
  environment: NodeJS.ProcessEnv;
}

/** The XDG base directory rules; Apple's and Microsoft's folders for an application's own files. */
export function configPath({ platform, home, environment }: Place): string {
  if (platform === "win32") {
    return win32.join(environment.APPDATA || win32.join(home, "AppData", "Roaming"), "mcpstack", "config.json");
  }
  const xdg = environment.XDG_CONFIG_HOME;
  // A relative path is to be ignored by those rules.
  const named = xdg && isAbsolute(xdg) ? xdg : null;
  const usual =
    platform === "darwin" ? posix.join(home, "Library", "Application Support") : posix.join(home, ".config");
  return posix.join(named ?? usual, "mcpstack", "config.json");
}

export function here(environment: NodeJS.ProcessEnv): Place {
  return { platform: process.platform, home: environment.HOME || homedir(), environment };
}

/** Null when nobody is logged in. @throws Failure for a file that holds something else */
export function readConfig(path: string): Config | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new Failure(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = config.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Failure(`${path} does not hold what \`mcpstack login\` writes`, {
    fix: "log in again, or remove the file",
  });
}

/** Whole or not at all: a new file takes the old one's place. */
export function writeConfig(path: string, value: Config): void {
  mkdirSync(folderOf(path), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}`;
  try {
    writeFileSync(next, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    // The mode above is subject to the umask, and is ignored for a file that was there.
    chmodSync(next, 0o600);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw new Failure(`${path} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}

/** True when there was one. */
export function removeConfig(path: string): boolean {
  const known = readable(path);
  rmSync(path, { force: true });
  return known;
}

/** True when others on this machine may read the token. */
export function isOpenToOthers(path: string): boolean {
  return process.platform !== "win32" && readable(path) && (statSync(path).mode & 0o077) !== 0;
}

function readable(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function folderOf(path: string): string {
  return process.platform === "win32" ? win32.dirname(path) : posix.dirname(path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
