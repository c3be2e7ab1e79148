// Which door a URL is, and which server stands behind it: by path, or by the server's own host.
import type { AccountPage } from "./endpoints/account/index.ts";
import type { Server } from "./endpoints/context.ts";
import type { Settings } from "./oauth/deployment.ts";
import type { ServerSnapshot } from "./store/promises/snapshot.ts";

/** What a server answers. `mcp/` and `resource-metadata/` are the same with a slash at the MCP URL's end. */
export type ServerDoor =
  | "mcp"
  | "mcp/"
  | "resource-metadata"
  | "resource-metadata/"
  | "server-metadata"
  | "authorize"
  | "token"
  | "register"
  | "revoke"
  | "embedded/exchange";

export type Door =
  | { kind: "server"; slug: string; door: ServerDoor; ownHost: boolean }
  | { kind: "consent" | "jwks" | "health" | "management" | "dashboard" | "nothing" }
  | { kind: "account"; page: AccountPage }
  | { kind: "callback"; gatewayId: string };

/** Paths below a server's base URL `S`. */
const underServer: Record<string, ServerDoor> = {
  "/mcp": "mcp",
  "/mcp/": "mcp/",
  "/authorize": "authorize",
  "/token": "token",
  "/register": "register",
  "/revoke": "revoke",
  "/embedded/exchange": "embedded/exchange",
  "/.well-known/oauth-authorization-server": "server-metadata",
  // Codex asks below the MCP URL as well.
  "/mcp/.well-known/oauth-protected-resource": "resource-metadata",
};

/** What stands at the root of a server's own host, or of a deployment with a default server (2025-03-26). */
const atRoot: Record<string, ServerDoor> = {
  ...underServer,
  "/.well-known/oauth-protected-resource": "resource-metadata",
  "/.well-known/oauth-protected-resource/mcp": "resource-metadata",
  "/.well-known/oauth-protected-resource/mcp/": "resource-metadata/",
};

/** Of the root doors, those that a default server opens on the main origin: its MCP URL stays `S/mcp`. */
const ofDefaultServer: readonly string[] = [
  "/authorize",
  "/token",
  "/register",
  "/revoke",
  "/.well-known/oauth-authorization-server",
  "/.well-known/oauth-protected-resource",
];

/** Where people look after their own grants. */
const ofAccount: Record<string, AccountPage> = {
  "/account": "",
  "/account/return": "return",
  "/account/revoke": "revoke",
  "/account/revoke-all": "revoke-all",
  "/account/sign-out": "sign-out",
};

const insertedResource = /^\/\.well-known\/oauth-protected-resource\/s\/([^/]+)\/mcp(\/?)$/;
const insertedServer = /^\/\.well-known\/oauth-authorization-server\/s\/([^/]+)$/;
const belowServer = /^\/s\/([^/]+)(\/.+)$/;

/** Where a request came: its URL, and the door that it is. */
export interface Place {
  url: URL;
  door: Door;
}

const placesOf = new WeakMap<object, Map<string, Place>>();
/** An isolate serves few servers at a time; whoever asks for many URLs gets them parsed. */
const mostPlaces = 1000;
const longestPlace = 300;

/** The doors of servers are remembered by the request's URL as it is written: nearly every request knows its own. */
export function placeOf(address: string, settings: Pick<Settings, "serverHostSuffix" | "defaultServer">): Place {
  let places = placesOf.get(settings);
  if (places === undefined) {
    places = new Map();
    placesOf.set(settings, places);
  }
  const known = places.get(address);
  if (known !== undefined) return known;
  const url = new URL(address);
  const place = { url, door: doorOf(url, settings) };
  if (place.door.kind === "server" && url.search === "" && address.length <= longestPlace) {
    if (places.size === mostPlaces) places.clear();
    places.set(address, place);
  }
  return place;
}

/** Pure: the host may name a server, but no URL is ever built from it. */
export function doorOf(url: URL, settings: Pick<Settings, "serverHostSuffix" | "defaultServer">): Door {
  const { pathname } = url;
  const named = slugOfHost(url.host, settings.serverHostSuffix);
  if (named !== null) return serverDoor(named, atRoot[pathname], true);

  const below = byPath(pathname);
  // Where servers have hosts, a document found here would name another URL than its own (P-4, P-27).
  if (below) return settings.serverHostSuffix && isDocument(below) ? { kind: "nothing" } : below;

  if (pathname === "/consent") return { kind: "consent" };
  if (pathname === "/.well-known/jwks.json") return { kind: "jwks" };
  if (pathname === "/healthz") return { kind: "health" };
  if (pathname.startsWith("/api/v1/")) return { kind: "management" };
  if (pathname === "/dashboard" || pathname.startsWith("/dashboard/")) return { kind: "dashboard" };
  const callback = /^\/callback\/([A-Za-z0-9_-]+)$/.exec(pathname);
  if (callback) return { kind: "callback", gatewayId: callback[1] ?? "" };
  const page = ofAccount[pathname];
  if (page !== undefined) return { kind: "account", page };
  if (settings.defaultServer && ofDefaultServer.includes(pathname)) {
    return serverDoor(settings.defaultServer, atRoot[pathname], false);
  }
  return { kind: "nothing" };
}

/** A server named by the path; null when the path is not of that form. */
function byPath(pathname: string): Door | null {
  const below = belowServer.exec(pathname);
  if (below) return serverDoor(below[1], underServer[below[2] ?? ""], false);
  const resource = insertedResource.exec(pathname);
  if (resource) return serverDoor(resource[1], resource[2] ? "resource-metadata/" : "resource-metadata", false);
  const server = insertedServer.exec(pathname);
  return server && serverDoor(server[1], "server-metadata", false);
}

const documents: readonly ServerDoor[] = ["resource-metadata", "resource-metadata/", "server-metadata"];

function isDocument(door: Door): boolean {
  return door.kind === "server" && documents.includes(door.door);
}

function serverDoor(slug: string | undefined, door: ServerDoor | undefined, ownHost: boolean): Door {
  return slug && door ? { kind: "server", slug, door, ownHost } : { kind: "nothing" };
}

function slugOfHost(host: string, suffix: string | null): string | null {
  if (!suffix || !host.endsWith(`.${suffix}`)) return null;
  return host.slice(0, -suffix.length - 1);
}

const resolved = new WeakMap<ServerSnapshot, Server>();

/** The server's URLs, built once per snapshot from the configured origin (never from the request). */
export function serverOf(snapshot: ServerSnapshot, settings: Pick<Settings, "origin" | "serverHostSuffix">): Server {
  const known = resolved.get(snapshot);
  if (known) return known;
  const endpoints = `${settings.origin}/s/${snapshot.slug}`;
  const issuer = issuerOf(snapshot.slug, settings);
  const { origin: host, pathname } = new URL(`${issuer}/mcp`);
  const resourceMetadata = `${host}/.well-known/oauth-protected-resource${pathname}`;
  const server: Server = { snapshot, issuer, endpoints, resource: `${issuer}/mcp`, resourceMetadata };
  resolved.set(snapshot, server);
  return server;
}

/** `S`, which never changes once a client has registered (P-49). */
export function issuerOf(
  slug: string,
  { origin, serverHostSuffix }: Pick<Settings, "origin" | "serverHostSuffix">,
): string {
  const [scheme] = origin.split("//", 1);
  return serverHostSuffix ? `${scheme}//${slug}.${serverHostSuffix}` : `${origin}/s/${slug}`;
}
