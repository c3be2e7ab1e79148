// The first event of a stream, looked at before it passes: where it names an endpoint, another one takes its place.
import { blockLength, readBlock, withData } from "../../oauth/event-block.ts";

export interface EndpointRule {
  /** The endpoint to name instead; null when this one must not reach the client. */
  replace(named: string): Promise<string | null>;
  /** Called once before the stream ends for it; answers with what a comment then says. */
  refuse(): string;
}

/** No endpoint is longer. A first event that is goes on unread if it names none so far, and is refused if it does. */
const longestEvent = 64 * 1024;
const encoder = new TextEncoder();
const nothing: Uint8Array<ArrayBuffer> = new Uint8Array();
const bytewise = new TextDecoder("latin1");

/** The same bytes but for an endpoint's. Comments before the first event pass at once; nothing is read ahead. */
export function withEndpoint(source: ReadableStream<Uint8Array>, rule: EndpointRule): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let held = nothing;
  let settled = false;

  /** False while more must be read. */
  async function judgedHeld(controller: ReadableByteStreamController): Promise<boolean> {
    const step = settled || held.byteLength === 0 ? null : await judged(held, rule);
    if (step === null) return false;
    ({ held, settled } = step);
    controller.enqueue(step.passed);
    if (step.refused) {
      close(controller);
      await reader.cancel();
    }
    return true;
  }

  async function pull(controller: ReadableByteStreamController): Promise<void> {
    while (!(await judgedHeld(controller))) {
      const read = await reader.read();
      if (!read.done && settled) return controller.enqueue(read.value);
      if (!read.done) {
        held = joined(held, read.value);
        continue;
      }
      if (held.byteLength > 0) controller.enqueue(held);
      return close(controller);
    }
  }

  return new ReadableStream({ type: "bytes", pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
}

/** A reader that waits with a buffer of its own learns of the end when it gets the buffer back. */
function close(controller: ReadableByteStreamController): void {
  controller.close();
  controller.byobRequest?.respond(0);
}

interface Step {
  passed: Uint8Array;
  held: Uint8Array<ArrayBuffer>;
  /** Nothing that follows is looked at. */
  settled: boolean;
  refused: boolean;
}

/** What may pass of the bytes so far; null while their first block has not ended. */
async function judged(bytes: Uint8Array<ArrayBuffer>, rule: EndpointRule): Promise<Step | null> {
  const through = { passed: bytes, held: nothing, settled: true, refused: false };
  const refusal = () => ({ ...through, passed: encoder.encode(`: ${rule.refuse()}\n\n`), refused: true });
  // One character a byte, so that lengths agree; every byte that matters here is ASCII.
  const length = blockLength(bytewise.decode(bytes));
  if (length === 0) {
    if (bytes.byteLength <= longestEvent) return null;
    return readBlock(text(bytes)).event === "endpoint" ? refusal() : through;
  }
  const first = text(bytes.subarray(0, length));
  const block = readBlock(first);
  if (!block.speaks)
    return { ...through, passed: bytes.subarray(0, length), held: bytes.slice(length), settled: false };
  if (block.event !== "endpoint") return through;
  const replaced = await rule.replace(block.data);
  if (replaced === null) return refusal();
  return { ...through, passed: joined(encoder.encode(withData(first, replaced)), bytes.subarray(length)) };
}

/** Without the byte order mark that a stream may begin with. */
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.byteLength + second.byteLength);
  whole.set(first);
  whole.set(second, first.byteLength);
  return whole;
}
