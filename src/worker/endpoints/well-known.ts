// The discovery documents: exact per server, and a plain JSON 404 for everything that is not published (P-10).
import { WireError } from "../oauth/errors.ts";
import { MadeOnce } from "../oauth/made-once.ts";
import { authorizationServerMetadata, type PublishedServer, protectedResourceMetadata } from "../oauth/metadata.ts";
import type { Context, Server, Visit } from "./context.ts";

/** Seconds. Long enough to spare a login its second fetch, short enough for a changed scope to be seen soon. */
const freshFor = 60;
const documentHeaders = new Headers({
  "content-type": "application/json",
  "cache-control": `public, max-age=${freshFor}`,
});

/** @param resource the MCP URL as it was asked about: `S/mcp` or `S/mcp/` (P-4) */
export function protectedResource(server: Server, resource: string): Response {
  return published(server, resource, () => protectedResourceMetadata(publishedServer(server, resource)));
}

export function authorizationServer(server: Server): Response {
  const { issuer, resource } = server;
  return published(server, issuer, () => authorizationServerMetadata(publishedServer(server, resource)));
}

/** Seconds. A key is published more than a day ahead of its use, so an isolate may be that much behind. */
const keysRemembered = 60;
const keySets = new WeakMap<Context, { keys: object[]; until: number }>();

/** Public halves of the keys that sign assertions for runtimes. */
export async function jwks({ context }: Visit): Promise<Response> {
  const keys = await keysOf(context);
  // A deployment without a key makes its first one at any moment and signs with it at once.
  const caching = keys.length === 0 ? "no-store" : "public, max-age=300";
  return Response.json({ keys }, { headers: { "cache-control": caching } });
}

async function keysOf(context: Context): Promise<object[]> {
  const known = keySets.get(context);
  if (known && known.until > context.now()) return known.keys;
  try {
    const keys = await context.publishedKeys();
    if (keys.length > 0) keySets.set(context, { keys, until: context.now() + keysRemembered });
    return keys;
  } catch (error) {
    // The keys of a minute ago verify what was signed then and now; a runtime without keys refuses everybody.
    if (known) return known.keys;
    throw error;
  }
}

function publishedServer(server: Server, resource: string): PublishedServer {
  const { snapshot, issuer, endpoints } = server;
  if (!snapshot.gateway) throw new WireError(404, "invalid_request", "gateway_detached");
  const { name, scopes, tools, gateway: profile } = snapshot;
  const enterprise = profile.enterpriseIssuers.length > 0;
  return { name, issuer, resource, endpoints, scopes, tools, profile, enterprise };
}

/** The documents of one state of a server, as they are sent, by what they describe. */
const texts = new MadeOnce<Server, string>();

function published(server: Server, about: string, document: () => object): Response {
  const text = texts.get(server, about, () => JSON.stringify(document()));
  return new Response(text, { headers: documentHeaders });
}
