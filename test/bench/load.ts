// The load, in a process of its own: keep-alive sockets that send prepared bytes, one request at a time on each.
import { connect } from "node:net";

export interface Round {
  port: number;
  /** Sent in turn. `%unique%%%%%%` in one of them is replaced by another number in each request. */
  requests: string[];
  connections: number;
  milliseconds: number;
  /** Ends earlier once so many were answered. */
  most?: number;
  /** Times are until an answer's first byte instead of its last. */
  untilFirstByte?: boolean;
}

export interface RoundResult {
  answered: number;
  seconds: number;
  /** How often each status was seen. */
  statuses: Record<string, number>;
  /** Milliseconds until an answer was whole, or had begun. */
  p50: number;
  p95: number;
  p99: number;
  /** Share of one processor that this process used. */
  busy: number;
}

export const uniqueMark = "%unique%%%%%%";

export async function runRound(round: Round): Promise<RoundResult> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const state = new Running(round, began + round.milliseconds);
  await Promise.all(Array.from({ length: round.connections }, () => state.converse()));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const sorted = state.took.sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return {
    answered: sorted.length,
    seconds,
    statuses: state.statuses,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    busy: (user + system) / 1e6 / seconds,
  };
}

let unique = 0;

class Running {
  readonly took: number[] = [];
  readonly statuses: Record<string, number> = {};
  readonly #round: Round;
  readonly #requests: { bytes: Buffer; uniqueAt: number }[];
  readonly #until: number;
  #turn = 0;

  constructor(round: Round, until: number) {
    this.#round = round;
    this.#until = until;
    this.#requests = round.requests.map((text) => {
      const bytes = Buffer.from(text, "latin1");
      return { bytes, uniqueAt: bytes.indexOf(uniqueMark) };
    });
  }

  /** One connection, until the time is over. Rejects when the other side closes it. */
  converse(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#round.port, "127.0.0.1");
      socket.setNoDelay(true);
      const answer = new Answer();
      let sentAt = 0;
      let firstAt = 0;
      const next = () => {
        const now = performance.now();
        if (now >= this.#until || this.took.length >= (this.#round.most ?? Number.POSITIVE_INFINITY)) {
          resolve();
          return socket.destroy();
        }
        sentAt = now;
        firstAt = 0;
        return socket.write(this.#request());
      };
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the connection was closed")));
      socket.on("data", (chunk: Buffer) => {
        if (firstAt === 0) firstAt = performance.now();
        if (!answer.take(chunk)) return;
        this.#note(answer.status, (this.#round.untilFirstByte ? firstAt : performance.now()) - sentAt);
        next();
      });
    });
  }

  #request(): Buffer {
    const request = this.#requests[this.#turn++ % this.#requests.length];
    if (request === undefined) return Buffer.alloc(0);
    if (request.uniqueAt < 0) return request.bytes;
    const own = Buffer.from(request.bytes);
    own.write((unique++).toString(36).padStart(uniqueMark.length, "A"), request.uniqueAt, "latin1");
    return own;
  }

  #note(status: string, took: number): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.took.push(took);
  }
}

/** Finds where an answer ends; there is never a second one behind it. */
export class Answer {
  status = "";
  #head: Buffer | null = null;
  #left: number | "chunked" | null = null;
  #tail = "";

  /** True when the answer is whole. */
  take(chunk: Buffer): boolean {
    let body = chunk;
    if (this.#left === null) {
      const head = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) {
        this.#head = head;
        return false;
      }
      this.#read(head.toString("latin1", 0, end));
      body = head.subarray(end + 4);
    }
    if (typeof this.#left === "number") this.#left -= body.length;
    else this.#tail = (this.#tail + body.toString("latin1", Math.max(0, body.length - 7))).slice(-7);
    const whole = this.#left === 0 || (this.#left === "chunked" && /(?:^|\r\n)0\r\n\r\n$/.test(this.#tail));
    if (whole) {
      this.#head = null;
      this.#left = null;
      this.#tail = "";
    }
    return whole;
  }

  #read(head: string): void {
    this.status = head.slice(9, 12);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#left = length === undefined ? "chunked" : Number(length);
    if (this.status === "204" || this.status === "304") this.#left = 0;
  }
}

if (process.argv[1] === import.meta.filename) {
  process.once("disconnect", () => process.exit(0));
  process.on("message", async (round: Round) => {
    try {
      process.send?.(await runRound(round));
    } catch (error) {
      process.send?.({ error: String(error) });
    }
  });
}
