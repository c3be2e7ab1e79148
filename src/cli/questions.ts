// Questions to a person, on standard error, so that standard output carries the answer of the command alone.
import { confirm, isCancel, log, password, select, text } from "@clack/prompts";
import { Failure } from "./failure.ts";

const output = process.stderr;

/** Ctrl-C or Escape at a question. */
class Cancelled extends Failure {
  constructor() {
    super("cancelled");
  }
}

export interface Question {
  message: string;
  /** Shown until something is typed. */
  example?: string;
  initial?: string;
  /** What is wrong with this answer, or undefined. */
  check?(answer: string): string | undefined;
}

/** One line; an empty one is an answer unless `check` refuses it. */
export async function askText({ message, example, initial, check }: Question): Promise<string> {
  const answer = await text({
    message,
    output,
    ...(example !== undefined && { placeholder: example }),
    ...(initial !== undefined && { initialValue: initial }),
    validate: (typed) => check?.((typed ?? "").trim()),
  });
  if (isCancel(answer)) throw new Cancelled();
  return (answer ?? "").trim();
}

/** Typed without echo. */
export async function askSecret(message: string, check?: Question["check"]): Promise<string> {
  const answer = await password({ message, output, validate: (typed) => check?.((typed ?? "").trim()) });
  if (isCancel(answer)) throw new Cancelled();
  return (answer ?? "").trim();
}

export async function askWhich(message: string, choices: { value: string; label: string }[]): Promise<string> {
  const answer = await select({ message, output, options: choices });
  if (isCancel(answer)) throw new Cancelled();
  return answer;
}

/** No, until somebody says yes. */
export async function askWhether(message: string, initialValue = false): Promise<boolean> {
  const answer = await confirm({ message, output, initialValue });
  if (isCancel(answer)) throw new Cancelled();
  return answer;
}

export function say(kind: "info" | "success" | "warn", message: string): void {
  log[kind](message, { output });
}
