// Copies of what providers publish (metadata, key sets): last known good, shared by all edges, possibly stale.
import * as z from "zod";

const kept = z.object({ value: z.string(), fetchedAt: z.number() });

/** Both directions may fail; the caller then asks the provider. Times are epoch seconds. */
export function providerCopies(kv: KVNamespace) {
  const keyOf = (key: string) => `provider:${key}`;
  return {
    async get(key: string): Promise<{ value: string; fetchedAt: number } | null> {
      const copy = await kv.get(keyOf(key), { type: "json", cacheTtl: 60 });
      return kept.safeParse(copy).data ?? null;
    },
    async put(key: string, value: string, { fetchedAt, forSeconds }: { fetchedAt: number; forSeconds: number }) {
      // KV keeps nothing for less than a minute.
      const expirationTtl = Math.max(60, forSeconds);
      await kv.put(keyOf(key), JSON.stringify({ value, fetchedAt }), { expirationTtl });
    },
  };
}
