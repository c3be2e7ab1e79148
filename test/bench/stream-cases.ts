// What open streams cost in memory: many that are silent, and one that does not end soon.
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { answerHeader, streamBytes } from "./origin.ts";
import type { Stage } from "./stage.ts";
import type { Workerd } from "./workerd.ts";

export interface StreamResult {
  name: "idle-streams" | "long-stream" | "long-stream-slow";
  title: string;
  /** Kilobytes by subject: for each idle stream, or the most that a long one added. */
  kilobytes: Record<string, number>;
}

const idle = 500;
const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "watch" } });

interface Subject {
  name: string;
  port: number;
  path: string;
  workerd: Workerd;
}

function subjects(stage: Stage): Subject[] {
  const passThrough = stage.beside["pass-through"];
  return [
    { name: "pass-through", path: "/mcp", ...passThrough },
    { name: "gateway", path: `${new URL(stage.people).pathname}/mcp`, ...stage.gateway },
  ];
}

export async function idleStreams(stage: Stage, quick: boolean): Promise<StreamResult> {
  const count = quick ? 50 : idle;
  const kilobytes: Record<string, number> = {};
  for (const subject of subjects(stage)) {
    // Once before, so that what a first stream brings along is not divided among the counted ones.
    for (const socket of await openAll(stage, subject, 20)) socket.destroy();
    await pause(500);
    const before = subject.workerd.residentKb();
    const sockets = await openAll(stage, subject, count);
    await pause(quick ? 500 : 3_000);
    kilobytes[subject.name] = (subject.workerd.residentKb() - before) / count;
    for (const socket of sockets) socket.destroy();
  }
  return { name: "idle-streams", title: `${count} silent streams, memory for each`, kilobytes };
}

async function openAll(stage: Stage, subject: Subject, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const next = Array.from({ length: Math.min(50, count - sockets.length) }, () => open(stage, subject, "idle"));
    sockets.push(...(await Promise.all(next)));
  }
  return sockets;
}

/** Resolves with the first bytes of the answer unread. */
function open({ accessToken }: Stage, { path, port }: Subject, answer: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: localhost:${port}\r\nauthorization: Bearer ${accessToken}\r\n` +
          `${answerHeader}: ${answer}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    socket.on("error", reject);
    socket.once("readable", () => resolve(socket));
  });
}

/** @param kilobytesPerSecond how fast the client reads; null: as fast as it can */
export async function longStream(stage: Stage, kilobytesPerSecond: number | null): Promise<StreamResult> {
  const kilobytes: Record<string, number> = {};
  for (const subject of subjects(stage)) {
    // A first one of the same kind: buffers that the process keeps for good are not this stream's.
    await pour(stage, subject, null, streamBytes / 5);
    await pause(500);
    const before = subject.workerd.residentKb();
    kilobytes[subject.name] = (await pour(stage, subject, kilobytesPerSecond, streamBytes * 0.99)) - before;
  }
  const slow = kilobytesPerSecond !== null;
  return {
    name: slow ? "long-stream-slow" : "long-stream",
    title: `a stream of 100 MB${slow ? " to a slow reader" : ""}, most memory added`,
    kilobytes,
  };
}

/** The highest resident size while so many bytes were read, kilobytes. */
async function pour(stage: Stage, subject: Subject, kilobytesPerSecond: number | null, bytes: number): Promise<number> {
  const socket = await open(stage, subject, "pour");
  let highest = subject.workerd.residentKb();
  let read = 0;
  let sampledAt = 0;
  const began = performance.now();
  while (read < bytes) {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) await new Promise((resolve) => socket.once("readable", resolve));
    else read += chunk.length;
    if (performance.now() - sampledAt > 20) {
      sampledAt = performance.now();
      highest = Math.max(highest, subject.workerd.residentKb());
    }
    if (kilobytesPerSecond === null) continue;
    const ahead = read / 1024 / kilobytesPerSecond - (performance.now() - began) / 1000;
    if (ahead > 0.01) await pause(ahead * 1000);
  }
  socket.destroy();
  return highest;
}
