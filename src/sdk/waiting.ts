// Waiting that a signal can end: for somebody else's promise, or for a time.

/** The promise's outcome, unless the signal is aborted first: then its reason, and the outcome is nobody's. */
export function settledBefore<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** `time` in milliseconds since 1970. Rejects with the signal's reason, and leaves no timer behind. */
export function pauseUntil(time: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, time - Date.now());
  });
  return settledBefore(signal, pause).finally(() => clearTimeout(timer));
}
