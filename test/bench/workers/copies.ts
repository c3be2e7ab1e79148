// A KV namespace in memory that speaks the binding's own protocol. Nothing is ever stale here.

interface Kept {
  value: ArrayBuffer;
  metadata: string | null;
}

const metadataHeader = "CF-KV-Metadata";
const kept = new Map<string, Kept>();

export default {
  async fetch(request) {
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (request.method === "PUT") {
      kept.set(key, { value: await request.arrayBuffer(), metadata: request.headers.get(metadataHeader) });
      return new Response();
    }
    if (request.method === "DELETE") kept.delete(key);
    const found = kept.get(key);
    if (request.method !== "GET") return new Response();
    if (found === undefined) return new Response(null, { status: 404 });
    return new Response(found.value, { headers: found.metadata === null ? {} : { [metadataHeader]: found.metadata } });
  },
} satisfies ExportedHandler;
