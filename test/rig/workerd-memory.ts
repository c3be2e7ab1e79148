// What the stack's workerd processes hold in memory, read from /proc: on Linux only.
import { existsSync, readdirSync, readFileSync } from "node:fs";

interface Process {
  pid: number;
  parent: number;
  name: string;
}

/** Resident memory of every workerd below a process, bytes, together; null where there is no /proc. */
export function workerdMemory(ancestor: number): number | null {
  if (!existsSync("/proc/self/statm")) return null;
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const processes = all.flatMap((pid) => describe(Number(pid)));
  const found = processes.filter(({ name, pid }) => name === "workerd" && descends(pid, ancestor, processes));
  if (found.length === 0) throw new Error(`no workerd below process ${ancestor}`);
  return found.reduce((sum, { pid }) => sum + residentBytes(pid), 0);
}

function describe(pid: number): Process[] {
  try {
    // The name stands in parentheses and may hold anything; the parent follows the state behind it.
    const [, name = "", parent] = /\((.*)\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return [{ pid, name, parent: Number(parent) }];
  } catch {
    return [];
  }
}

function descends(pid: number, ancestor: number, processes: readonly Process[]): boolean {
  const parent = processes.find((process) => process.pid === pid)?.parent;
  return parent === ancestor || (parent !== undefined && parent > 1 && descends(parent, ancestor, processes));
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
