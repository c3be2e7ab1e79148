// Secrets that come through a pipe, so that they stand neither in the shell's history nor in the list of processes.
import { UsageFailure } from "./failure.ts";

const most = 64 * 1024;

/** All of standard input without the line break at its end. @throws UsageFailure on a terminal, or when it is empty */
export async function readStandardInput(flag: string): Promise<string> {
  if (process.stdin.isTTY) {
    throw new UsageFailure(`${flag} reads standard input, and that is the terminal`, {
      fix: `pipe it in: printf %s "$SECRET" | mcpstack … ${flag}`,
    });
  }
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk;
    if (text.length > most) throw new UsageFailure(`${flag}: standard input is larger than 64 KB`);
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw new UsageFailure(`${flag}: standard input is empty`);
  return secret;
}
