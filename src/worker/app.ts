// The plan of the worker: which door a request enters, with what it is handed, and how its failure leaves.

import type { AccountOperations } from "./admin/account.ts";
import type { Context, Server, ServerVisit, Visit } from "./endpoints/context.ts";
import { proxy } from "./endpoints/proxy/index.ts";
import { authorizationServer, jwks, protectedResource } from "./endpoints/well-known.ts";
import { noteFailure } from "./failure-line.ts";
import { health } from "./health.ts";
import { corsHeaders, preflightHeaders } from "./oauth/cors.ts";
import { PageError, Refusal, WireError } from "./oauth/errors.ts";
import type { ClientBook } from "./oauth/known-client.ts";
import { isStorageFault } from "./oauth/storage-fault.ts";
import { render } from "./render.ts";
import { type Door, placeOf, type ServerDoor, serverOf } from "./resolve-server.ts";
import type { ServerSnapshot } from "./store/promises/snapshot.ts";

/** An MCP call, which most requests are, needs none of these. */
const signIn = () => import("./sign-in.ts");

export interface Rooms {
  context: Context;
  /** The REST API under /api/v1. */
  management(request: Request, visit: Visit): Promise<Response>;
  /** The pages under /dashboard. */
  dashboard(request: Request, visit: Visit): Promise<Response>;
  /** What people can do about their own grants, for the pages under /account. */
  people(): Promise<AccountOperations>;
  /** Answers whether the database is there and migrated; a sentence when it is not. */
  databaseProblem(): Promise<string | null>;
}

/** One request, from the door to the answer. Never throws. */
export async function handle(
  request: Request,
  rooms: Rooms,
  background: (work: Promise<unknown>) => void,
): Promise<Response> {
  const { context } = rooms;
  const { url, door } = placeOf(request.url, context.settings);
  const visit: Visit = { context, background, requestId: request.headers.get("cf-ray") ?? crypto.randomUUID() };
  const open = isOpen(door);
  if ((open || isMcp(door)) && request.method === "OPTIONS") {
    const requested = request.headers.get("access-control-request-headers");
    return new Response(null, { status: 204, headers: preflightHeaders(requested) });
  }
  try {
    const response = await enter(door, request, url, visit, rooms);
    return open ? withCors(response) : response;
  } catch (error) {
    const refusal = asRefusal(error, door);
    note(refusal, error, { door, url }, visit);
    return render(refusal, { request, requestId: visit.requestId, readable: open || isMcp(door) });
  }
}

async function enter(door: Door, request: Request, url: URL, visit: Visit, rooms: Rooms): Promise<Response> {
  switch (door.kind) {
    case "server":
      return enterServer(door, request, url, visit);
    case "consent":
      return (await signIn()).consent(request, visit);
    case "callback":
      return (await signIn()).callback(request, door.gatewayId, visit);
    case "account":
      return (await signIn()).account(request, door.page, {
        ...visit,
        operations: await rooms.people(),
        serverOf: async (slug) => {
          const snapshot = await visit.context.snapshots.bySlug(slug);
          return snapshot && serverOf(snapshot, visit.context.settings);
        },
      });
    case "management":
      return rooms.management(request, visit);
    case "dashboard":
      return rooms.dashboard(request, visit);
    case "jwks":
      return readable(request, () => jwks(visit));
    case "health":
      return readable(request, () => health(rooms, request));
    case "nothing":
      throw new WireError(404, "invalid_request", "not_found");
  }
}

async function enterServer(
  { slug, door, ownHost }: Extract<Door, { kind: "server" }>,
  request: Request,
  url: URL,
  visit: Visit,
): Promise<Response> {
  const { snapshots, settings } = visit.context;
  const snapshot = snapshots.fresh(slug) ?? (await snapshots.bySlug(slug));
  if (!snapshot) throw new WireError(404, "invalid_request", "server_unknown");
  const server = serverOf(snapshot, settings);
  if (door === "mcp" || door === "mcp/") return proxy(request, { ...visit, server, url });
  // Nobody signs in there: every door but the MCP URL is none, and says why.
  if (snapshot.authentication === "static_headers") {
    throw new WireError(404, "invalid_request", "static_headers_server");
  }
  const entry: ServerVisit = { ...visit, server, clientBook: clientBookOf(snapshot, visit.context, request) };
  // One cookie jar: people are asked on the main origin only, whatever host the server has.
  if (door === "authorize" && ownHost) return Response.redirect(`${server.endpoints}/authorize${url.search}`, 302);
  return serverRooms[door](request, entry, server);
}

/** Asked where a token or an assertion is judged, and by no MCP call. */
function clientBookOf(snapshot: ServerSnapshot, context: Context, request: Request): ClientBook {
  const book = async () => (await signIn()).clientBookOf(snapshot, context, request);
  return {
    preregistered: snapshot.gateway?.clientPolicy.preregistered ?? [],
    find: async (clientId) => (await book()).find(clientId),
    keys: async (clientId, kid) => (await book()).keys(clientId, kid),
  };
}

type ServerRoom = (request: Request, visit: ServerVisit, server: Server) => Promise<Response>;

const serverRooms: Record<Exclude<ServerDoor, "mcp" | "mcp/">, ServerRoom> = {
  "resource-metadata": (request, _, server) => readable(request, () => protectedResource(server, server.resource)),
  "resource-metadata/": (request, _, server) =>
    readable(request, () => protectedResource(server, `${server.resource}/`)),
  "server-metadata": (request, _, server) => readable(request, () => authorizationServer(server)),
  authorize: async (request, visit) => (await signIn()).authorize(request, visit),
  token: async (request, visit) => (await signIn()).token(request, visit),
  register: async (request, visit) => (await signIn()).register(request, visit),
  revoke: async (request, visit) => (await signIn()).revoke(request, visit),
  "embedded/exchange": (request, visit) => forAgents(request, visit),
};

/** Readable by the pages of the server's agents alone, refusals too; so it is answered here, where they are known. */
async function forAgents(request: Request, visit: ServerVisit): Promise<Response> {
  const { agentCors, exchange } = await signIn();
  const headers = agentCors(request, visit.server.snapshot.agents);
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers });
  try {
    return await exchange(request, visit, headers);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : unexpected(error);
    const { slug } = visit.server.snapshot;
    const door: Door = { kind: "server", slug, door: "embedded/exchange", ownHost: false };
    note(refusal, error, { door, url: new URL(request.url) }, visit);
    const response = await render(refusal, { request, requestId: visit.requestId });
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  }
}

async function readable(request: Request, answer: () => Response | Promise<Response>): Promise<Response> {
  if (request.method === "GET") return answer();
  if (request.method === "HEAD") return new Response(null, await answer());
  throw new WireError(405, "invalid_request", "method_not_allowed", { headers: { allow: "GET, HEAD, OPTIONS" } });
}

const openDoors: readonly ServerDoor[] = [
  "resource-metadata",
  "resource-metadata/",
  "server-metadata",
  "token",
  "register",
  "revoke",
];

/**
 * Readable from any page, without credentials (P-9, P-74); never authorize, consent and callback (P-61). So is a 404:
 * clients in a browser try several URLs in turn, and one that they may not read looks like a broken network.
 */
function isOpen(door: Door): boolean {
  if (door.kind === "server") return openDoors.includes(door.door);
  return door.kind === "jwks" || door.kind === "nothing";
}

function isMcp(door: Door): boolean {
  return door.kind === "server" && (door.door === "mcp" || door.door === "mcp/");
}

/** In place: what open doors answer was made here, and a second Response costs more than the first one's headers. */
function withCors(response: Response): Response {
  for (const [name, value] of Object.entries(corsHeaders())) response.headers.set(name, value);
  return response;
}

/** Everything that was thrown, as a refusal; at a door where people stand, as one that is shown as a page. */
function asRefusal(error: unknown, door: Door): Refusal {
  const refusal = error instanceof Refusal ? error : unexpected(error);
  const people =
    door.kind === "consent" ||
    door.kind === "dashboard" ||
    door.kind === "account" ||
    door.kind === "callback" ||
    (door.kind === "server" && door.door === "authorize");
  if (!people || !(refusal instanceof WireError)) return refusal;
  return new PageError(refusal.status, refusal.error, refusal.reason, refusal.detail);
}

/** 503 where waiting helps: clients then keep their tokens, while any other 5xx makes them start over. */
function unexpected(error: unknown): WireError {
  if (!isStorageFault(error)) return new WireError(500, "server_error", "internal_error");
  return new WireError(503, "temporarily_unavailable", "storage_unavailable", { retryAfter: 5 });
}

/** The proxy and the exchange note their own refusals, because they know who asked; their faults are noted here. */
function note(refusal: Refusal, thrown: unknown, at: { door: Door; url: URL }, visit: Visit): void {
  const notedThere = at.door.kind === "server" && ["mcp", "mcp/", "embedded/exchange"].includes(at.door.door);
  if (notedThere && thrown instanceof Refusal) return;
  visit.background(noteFailure(refusal, thrown, at, visit));
}
