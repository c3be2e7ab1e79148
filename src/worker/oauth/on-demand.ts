// A part that few requests need: loaded by the first that does.

/**
 * Kept as a value and never as a promise, which would belong to the request that made it. Two requests that need it at
 * once may both load it; all are handed the first.
 */
export function onDemand<T extends object>(load: () => Promise<T>): () => Promise<T> {
  let loaded: T | null = null;
  return async () => {
    if (loaded !== null) return loaded;
    const fresh = await load();
    loaded ??= fresh;
    return loaded;
  };
}
