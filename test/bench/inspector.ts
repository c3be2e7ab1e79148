// workerd's inspector, as far as a CPU profile needs it: where a Worker spends its time while it is under load.

export interface Frame {
  functionName: string;
  url: string;
  lineNumber: number;
}

interface ProfileNode {
  id: number;
  callFrame: Frame;
  children?: number[];
}

export interface CpuProfile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

/** Microseconds of one function: in itself, and with everything that it called. */
export interface Spent {
  name: string;
  self: number;
  total: number;
}

/** Profiles the Worker of that name in the process whose inspector listens on the port, while the work goes on. */
export async function profiled(port: number, worker: string, work: () => Promise<unknown>): Promise<CpuProfile> {
  const response = await fetch(`http://127.0.0.1:${port}/json`);
  const targets = (await response.json()) as { id: string; webSocketDebuggerUrl: string }[];
  const target = targets.find(({ id }) => id.endsWith(worker));
  if (target === undefined) throw new Error(`no ${worker} among ${targets.map(({ id }) => id).join(", ")}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  let asked = 0;
  const ask = (method: string, params: object = {}) =>
    new Promise<{ profile: CpuProfile }>((resolve) => {
      const id = ++asked;
      const hear = ({ data }: MessageEvent) => {
        const answer = JSON.parse(String(data)) as { id?: number; result: { profile: CpuProfile } };
        if (answer.id !== id) return;
        socket.removeEventListener("message", hear);
        resolve(answer.result);
      };
      socket.addEventListener("message", hear);
      socket.send(JSON.stringify({ id, method, params }));
    });
  await ask("Profiler.enable");
  await ask("Profiler.setSamplingInterval", { interval: 100 });
  await ask("Profiler.start");
  await work();
  const { profile } = await ask("Profiler.stop");
  socket.close();
  return profile;
}

/** By function, most time in itself first. A function that calls itself is counted once in its total. */
export function spentBy({ nodes, samples, timeDeltas }: CpuProfile): Spent[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const spent = new Map<string, Spent>();
  const of = (name: string) => {
    const known = spent.get(name) ?? { name, self: 0, total: 0 };
    spent.set(name, known);
    return known;
  };
  const selfOf = new Map<number, number>();
  for (const [index, id] of samples.entries()) selfOf.set(id, (selfOf.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  for (const [id, time] of selfOf) {
    const names = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (node !== undefined) names.add(nameOf(node.callFrame));
    }
    const own = byId.get(id);
    if (own !== undefined) of(nameOf(own.callFrame)).self += time;
    for (const name of names) of(name).total += time;
  }
  return [...spent.values()].sort((one, other) => other.self - one.self);
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const place = url === "" ? "" : ` ${url.split("/").at(-1)}:${lineNumber + 1}`;
  return `${functionName || "(anonymous)"}${place}`;
}
