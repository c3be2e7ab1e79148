// The two streams that a command speaks through, and what they can show: colours, width, progress.
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

export interface Terminal {
  /** What was asked for: standard output. */
  print(text: string): void;
  /** What is said beside it: standard error. */
  note(text: string): void;
  /** For `print`; without colours the text as it is. */
  paint(style: Style, text: string): string;
  /** For `note`. */
  paintNote(style: Style, text: string): string;
  /** Columns of standard output, null when it is no terminal. */
  width: number | null;
  /** Work under way may be shown: standard error is a terminal. */
  progress: boolean;
  /** Somebody is there to be asked. */
  interactive: boolean;
}

export function openTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const { stdin, stdout, stderr } = process;
  const mayPaint = !environment.NO_COLOR && environment.TERM !== "dumb";
  const painter = (isTerminal: boolean) => (style: Style, text: string) =>
    mayPaint && isTerminal ? styleText(style, text, { validateStream: false }) : text;
  return {
    print: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    paint: painter(stdout.isTTY === true),
    paintNote: painter(stderr.isTTY === true),
    width: stdout.isTTY ? stdout.columns || 80 : null,
    progress: stderr.isTTY === true,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
  };
}
