// The public MCP URL as clients meet it: challenged whatever they send, over the network where that is possible.
import * as z from "zod";
import { type ClientRequest, clientRequests } from "../../../contract/client-requests.ts";
import type { Finding } from "../../../contract/management/check.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import { createGuardedFetch } from "../http.ts";
import { openingBody } from "./mcp-message.ts";
import type { DoctorSettings, ExaminedServer } from "./port.ts";
import { patience } from "./probe.ts";
import { finding, type Note } from "./report.ts";

interface Door {
  where: string;
  knock(url: string, init: { method: string; headers: Record<string, string>; body?: string }): Promise<Response>;
}

/** @param clients how many of the known clients are played; bot rules are the host's and alike for all its servers */
export async function examineMcpUrl(
  settings: DoctorSettings,
  server: ExaminedServer,
  clients: number,
): Promise<Finding[]> {
  const metadataUrl = metadataOf(server.mcpUrl);
  const door = await doorOf(settings, metadataUrl);
  const [challenge, metadata] = await Promise.all([
    challenged(door, server, metadataUrl, clientRequests.slice(0, clients)),
    published(door, server, metadataUrl),
  ]);
  return [challenge, metadata];
}

/** RFC 9728 §3.1: the well-known part stands before the path. */
function metadataOf(mcpUrl: string): string {
  const { origin, pathname } = new URL(mcpUrl);
  return `${origin}/.well-known/oauth-protected-resource${pathname}`;
}

/**
 * By the network, because only there stands what could be in a client's way. A Worker may be unable to call its own
 * host; then the gateway's own door is knocked at, which shows that the gateway itself is not to blame.
 */
async function doorOf(settings: DoctorSettings, probeUrl: string): Promise<Door> {
  // The one place where the gateway's own host may be called: nothing comes back but what anybody may read.
  const guardedFetch = createGuardedFetch({ ...settings, ownHosts: [], timeout: settings.timeout ?? patience });
  const outside: Door = {
    where: "",
    knock: (url, { method, headers, body }) => {
      const { "user-agent": userAgent = null, ...rest } = headers;
      return guardedFetch(url, { method, headers: rest, body, glance: { userAgent } });
    },
  };
  try {
    const response = await outside.knock(probeUrl, { method: "GET", headers: { "user-agent": "node" } });
    if (!isPlatformError(response.status, await response.text())) return outside;
  } catch (error) {
    if (!(error instanceof DownstreamError)) throw error;
  }
  return { where: "seen from inside: ", knock: (url, init) => settings.visitInside(new Request(url, init)) };
}

/** What the platform says when a Worker may not call a host, instead of what the host would say. */
function isPlatformError(status: number, body: string): boolean {
  return status >= 520 || /^error code: 1\d{3}\b/i.test(body);
}

async function challenged(
  door: Door,
  { mcpUrl, slug }: ExaminedServer,
  metadataUrl: string,
  clients: readonly ClientRequest[],
): Promise<Finding> {
  const answers = await Promise.all(clients.map((client) => answerTo(door, mcpUrl, metadataUrl, client)));
  const expected = `401 with resource_metadata="${metadataUrl}"`;
  const wrong = answers.filter(({ seen }) => seen !== null);
  if (wrong.length === 0) {
    const seen = `${door.where}${answers.length} of ${answers.length}: ${clients.map(({ client }) => client).join(", ")}`;
    return finding("mcp-url.challenge", "pass", { server: slug, expected, seen });
  }
  const seen = door.where + wrong.map(({ client, seen: told }) => `${client}: ${told}`).join("; ");
  return finding("mcp-url.challenge", "fail", { server: slug, reason: "mcp_url_unchallenged", expected, seen });
}

/** `seen` is null for the challenge that the client needs (P-13 to P-15). */
async function answerTo(door: Door, mcpUrl: string, metadataUrl: string, request: ClientRequest) {
  const { client, method, userAgent, accept, message, protocolVersion } = request;
  const headers = {
    accept,
    ...(userAgent !== null && { "user-agent": userAgent }),
    ...(protocolVersion && { "mcp-protocol-version": protocolVersion }),
    ...(message && { "content-type": "application/json" }),
  };
  try {
    const body = message ? { body: openingBody(message) } : {};
    const response = await door.knock(mcpUrl, { method, headers, ...body });
    await response.body?.cancel();
    const challenge = response.headers.get("www-authenticate") ?? "";
    if (response.status !== 401) return { client, seen: `status ${response.status}` };
    const right = /^Bearer /i.test(challenge) && challenge.includes(`resource_metadata="${metadataUrl}"`);
    return { client, seen: right ? null : `401 with ${challenge || "no challenge"}` };
  } catch (error) {
    if (!(error instanceof DownstreamError)) throw error;
    return { client, seen: error.detail.seen ?? "no answer" };
  }
}

const resourceMetadata = z.looseObject({ resource: z.string(), authorization_servers: z.array(z.string()) });

async function published(door: Door, { mcpUrl, slug }: ExaminedServer, metadataUrl: string): Promise<Finding> {
  const expected = `${metadataUrl}: resource ${mcpUrl}`;
  const note: Note = { server: slug, expected };
  const wrong = (seen: string) =>
    finding("mcp-url.metadata", "fail", { ...note, reason: "mcp_url_metadata", seen: door.where + seen });
  try {
    const response = await door.knock(metadataUrl, { method: "GET", headers: { "user-agent": "node" } });
    if (response.status !== 200) return wrong(`status ${response.status}`);
    const document = resourceMetadata.safeParse(await response.json().catch(() => null));
    if (!document.success) return wrong("another document");
    if (document.data.resource !== mcpUrl) return wrong(`resource ${document.data.resource}`);
    const seen = `${door.where}issuer ${document.data.authorization_servers.join(" ")}`;
    return finding("mcp-url.metadata", "pass", { ...note, seen });
  } catch (error) {
    if (!(error instanceof DownstreamError)) throw error;
    return wrong(error.detail.seen ?? "no answer");
  }
}
