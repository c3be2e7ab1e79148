// Opens a URL in the person's browser: what BROWSER says, else what the platform does.
import { spawn } from "node:child_process";

/** The program and its arguments; null when BROWSER says that none is wanted. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
): [program: string, ...words: string[]] | null {
  const named = environment.BROWSER;
  if (named === "none") return null;
  // A list of commands, of which the first is meant; `%s` stands for the URL.
  const [first = ""] = named ? (platform === "win32" ? [named] : named.split(":")) : [];
  const [program, ...words] = first.split(/\s+/).filter(Boolean);
  if (program !== undefined) {
    const placed = words.some((word) => word.includes("%s"));
    return [program, ...words.map((word) => word.replaceAll("%s", url)), ...(placed ? [] : [url])];
  }
  if (platform === "darwin") return ["open", url];
  // `start` would read the & of a URL as its own.
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", url];
  return ["xdg-open", url];
}

/** Without a shell, and without waiting for its end. False when there is no such program. */
export function openBrowser(url: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const command = browserCommand(url, process.platform, environment);
  if (command === null) return Promise.resolve(false);
  const [program, ...words] = command;
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
