// The bench's own processes and the processors they are bound to.
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Round, RoundResult } from "./load.ts";
import type { Origin, OriginOrder } from "./origin.ts";

/** workerd has one processor for itself; load, runtime and provider share another. Null: not bound. */
export interface Cores {
  workerd: number | null;
  others: number | null;
}

/** Binds this process, and with it every child that is not told otherwise. */
export function bindCores(): Cores {
  if (process.platform !== "linux" || cpus().length < 2) return { workerd: null, others: null };
  const { status } = spawnSync("taskset", ["-apc", "1", String(process.pid)], { stdio: "ignore" });
  return status === 0 ? { workerd: 0, others: 1 } : { workerd: null, others: null };
}

export interface Helper<Asked, Answered> {
  ask(asked: Asked): Promise<Answered>;
  close(): void;
}

export const startOrigin = () => start<OriginOrder, Origin>("origin.ts");
export const startLoad = () => start<Round, RoundResult>("load.ts");

/** One question at a time. */
function start<Asked extends object, Answered>(file: string): Helper<Asked, Answered> {
  const child: ChildProcess = fork(join(import.meta.dirname, file), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return {
    ask: (asked) =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null) => reject(new Error(`${file} ended with ${code}`));
        child.once("exit", ended);
        child.once("message", (answer: Answered | { error: string }) => {
          child.off("exit", ended);
          if (typeof answer === "object" && answer !== null && "error" in answer) reject(new Error(answer.error));
          else resolve(answer as Answered);
        });
        child.send(asked);
      }),
    close: () => child.disconnect(),
  };
}
