// Event streams kept alive: a comment between events whenever the runtime is silent for too long (P-104).

const keepAlive = new TextEncoder().encode(": keepalive\n\n");
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** A silent stream holds this much. Events come in small pieces. */
const leastRead = 4 * 1024;
/**
 * Each read costs the same whatever it brings: 100 MB take a quarter of the processor time of pieces of 4 KB. With
 * 64 KB it would be less still, but what waits for the garbage collector then is twice as much behind a slow reader.
 */
const mostRead = 16 * 1024;

/**
 * The same bytes, with a comment after every `silenceMs` in which none came, and only where one event has ended and
 * the next has not begun. Nothing is read before the client wants it; either side's end is the other's.
 *
 * @param source a byte stream, as the body of a response is
 */
export function withKeepAlive(source: ReadableStream<Uint8Array>, silenceMs: number): ReadableStream<Uint8Array> {
  const reader = source.getReader({ mode: "byob" });
  const position = new Position();
  let size = leastRead;
  /** Since when the client has been waiting for the runtime, epoch milliseconds; null while it has bytes to take. */
  let silentSince: number | null = null;
  let timer: number | null = null;

  /** One timer for all silences: it looks when the last byte came instead of being set anew by each. */
  function watch(controller: ReadableStreamDefaultController<Uint8Array>, afterMs: number): void {
    timer = setTimeout(() => {
      const now = Date.now();
      const left = (silentSince ?? now) + silenceMs - now;
      if (left > 0) return watch(controller, left);
      // One that the client has not taken yet is enough.
      if (position.betweenEvents && controller.desiredSize === 0) controller.enqueue(keepAlive);
      silentSince = now;
      watch(controller, silenceMs);
    }, afterMs);
  }

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => watch(controller, silenceMs),
      async pull(controller) {
        silentSince = Date.now();
        const read = await reader.read(new Uint8Array(size)).catch((error) => {
          clearTimeout(timer);
          throw error;
        });
        silentSince = null;
        if (read.done) {
          clearTimeout(timer);
          return controller.close();
        }
        const { value } = read;
        if (value.byteLength === size) size = mostRead;
        else if (value.byteLength <= leastRead) size = leastRead;
        position.pass(value);
        controller.enqueue(value);
      },
      cancel(reason) {
        clearTimeout(timer);
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Where in an event stream the next byte will stand. */
class Position {
  /** Line ends in a row, two at most: an event has ended where the last line is empty. A stream begins like that. */
  #lineEnds = 2;
  #last = lineFeed;

  get betweenEvents(): boolean {
    return this.#lineEnds === 2;
  }

  /** Lines end with LF, CR LF or CR, so the last four bytes tell whatever came before them. */
  pass(bytes: Uint8Array): void {
    for (const byte of bytes.subarray(-4)) {
      const secondHalf = byte === lineFeed && this.#last === carriageReturn;
      if (byte !== lineFeed && byte !== carriageReturn) this.#lineEnds = 0;
      else if (!secondHalf && this.#lineEnds < 2) this.#lineEnds++;
      this.#last = byte;
    }
  }
}
