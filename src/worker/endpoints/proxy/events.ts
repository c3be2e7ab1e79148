// Event streams kept alive: a comment between events whenever the runtime is silent for too long (P-104).

const keepAlive = new TextEncoder().encode(": keepalive\n\n");
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The same bytes, with a comment after every `silenceMs` in which none came, and only where one event has ended and
 * the next has not begun. Nothing is read before the client wants it; either side's end is the other's.
 */
export function withKeepAlive(source: ReadableStream<Uint8Array>, silenceMs: number): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let reading: ReturnType<typeof reader.read> | null = null;
  let tail: readonly number[] = [lineFeed, lineFeed];
  let timer: number | null = null;

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          reading ??= reader.read();
          const silence = new Promise<null>((resolve) => {
            timer = setTimeout(() => resolve(null), silenceMs);
          });
          const read = await Promise.race([reading, silence]).finally(() => clearTimeout(timer));
          if (read === null) {
            if (!betweenEvents(tail)) continue;
            return controller.enqueue(keepAlive);
          }
          reading = null;
          if (read.done) return controller.close();
          if (read.value.byteLength === 0) continue;
          tail = [...tail, ...read.value.subarray(-4)].slice(-4);
          return controller.enqueue(read.value);
        }
      },
      cancel(reason) {
        clearTimeout(timer);
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** True when the last line was empty. Lines end with LF, CR LF or CR. */
function betweenEvents(tail: readonly number[]): boolean {
  const endsLine = (byte: number | undefined) => byte === lineFeed || byte === carriageReturn;
  const last = tail.at(-1);
  if (!endsLine(last)) return false;
  const pair = last === lineFeed && tail.at(-2) === carriageReturn;
  return endsLine(tail.at(pair ? -3 : -2));
}
