// Runs one command line, and says on standard error why it failed.
import { CommanderError } from "commander";
import { candidates, question } from "./commands/completion.ts";
import { detailLines, Failure } from "./failure.ts";
import { buildProgram } from "./program.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { pairs, printable } from "./text.ts";

/** Answers the exit code: 0 done, 1 refused or failed, 2 not understood. */
export async function run(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const terminal = openTerminal(environment);
  try {
    const program = buildProgram({ terminal, environment });
    if (words[0] === question) return complete(candidates(program, words.slice(1)), terminal);
    await program.parseAsync([...words], { from: "user" });
    return 0;
  } catch (error) {
    // It has spoken already: help and the version are no failure, everything else is about usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    report(error, terminal, environment);
    return error instanceof Failure ? error.exitCode : 1;
  }
}

function complete(found: [word: string, about: string][], terminal: Terminal): number {
  if (found.length > 0) terminal.print(found.map(([word, about]) => `${word}\t${about}`).join("\n"));
  return 0;
}

function report(error: unknown, terminal: Terminal, environment: NodeJS.ProcessEnv): void {
  const label = terminal.paintNote("red", "mcpstack:");
  if (!(error instanceof Failure)) {
    const fault = error instanceof Error ? error : new Error(String(error));
    terminal.note(`${label} this is a fault of mcpstack itself: ${printable(fault.message)}`);
    terminal.note(
      environment.MCPSTACK_DEBUG ? (fault.stack ?? "") : "  fix  report it with the output of MCPSTACK_DEBUG=1",
    );
    return;
  }
  const message = error.message.split("\n").map(printable).join("\n");
  const details = pairs(detailLines(error));
  terminal.note([`${label} ${message}`, ...(details ? details.split("\n").map((line) => `  ${line}`) : [])].join("\n"));
}
