// A runtime of 2024-11-05 (HTTP+SSE): GET begins a stream whose first event names where to post (P-116).
import type { Finding } from "../../../contract/management/check.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import { blockLength, type EventBlock, readBlock } from "../../oauth/event-block.ts";
import { namedEndpoint } from "../../oauth/posting-endpoint.ts";
import { type GuardedFetch, mediaType, place } from "../http.ts";
import type { ExaminedServer } from "./port.ts";
import { finding, type Note } from "./report.ts";

/** Milliseconds. Such a runtime names its endpoint at once, and this look comes after others. */
const patience = 1500;
/** Characters. The proxy reads no further for an endpoint either. */
const longestBeginning = 64 * 1024;

interface Heard {
  /** Null when nothing came back in time. */
  status: number | null;
  /** What the stream's first event names; null when it is no such stream. */
  endpoint: string | null;
}

/**
 * What there is to say of a runtime that takes no opening message. Null when it does not speak this transport either.
 *
 * @param signed headers that the runtime should ask for; null when there are none to show
 */
export async function examineOlderTransport(
  guardedFetch: GuardedFetch,
  server: ExaminedServer,
  signed: Record<string, string> | null,
): Promise<Finding[] | null> {
  const { slug, runtimeUrl } = server;
  const [bare, spoken] = await Promise.all([
    hear(guardedFetch, runtimeUrl, {}),
    signed && hear(guardedFetch, runtimeUrl, signed),
  ]);
  const endpoint = spoken?.endpoint ?? bare.endpoint;
  if (endpoint === null) return null;
  const seen = `${place(runtimeUrl)}: GET ${told(bare)}`;
  return [
    finding("runtime.reachable", "pass", { server: slug, expected: "an answer without a redirect", seen }),
    takesEndpoint(server, endpoint),
    refusesStrangers(server, bare),
  ];
}

/** Opens the stream, reads its first event and closes it again. */
async function hear(guardedFetch: GuardedFetch, url: string, headers: Record<string, string>): Promise<Heard> {
  const enough = (text: string) => text.length > longestBeginning || firstEvent(text) !== null;
  try {
    const response = await guardedFetch(url, {
      headers: { ...headers, accept: "text/event-stream" },
      glance: { timeout: patience, enough },
    });
    const event = mediaType(response) === "text/event-stream" ? firstEvent(await response.text()) : null;
    return { status: response.status, endpoint: response.ok && event?.event === "endpoint" ? event.data : null };
  } catch (error) {
    if (error instanceof DownstreamError) return { status: null, endpoint: null };
    throw error;
  }
}

/** Null while none has ended. */
function firstEvent(text: string): EventBlock | null {
  let rest = text;
  for (let length = blockLength(rest); length > 0; length = blockLength(rest)) {
    const block = readBlock(rest.slice(0, length));
    if (block.speaks) return block;
    rest = rest.slice(length);
  }
  return null;
}

/** By the proxy's own rule. Only the endpoint's origin is shown: its path or query may hold a session id. */
function takesEndpoint({ slug, runtimeUrl }: ExaminedServer, endpoint: string): Finding {
  const begins = "an event stream that begins with an endpoint";
  if (namedEndpoint(endpoint, runtimeUrl) !== null) {
    return finding("runtime.mcp", "warn", {
      ...{ server: slug, reason: "runtime_older_transport" },
      expected: "a result of initialize or server/discover",
      seen: `${begins} (protocol 2024-11-05)`,
    });
  }
  const { origin } = new URL(runtimeUrl);
  return finding("runtime.mcp", "fail", {
    ...{ server: slug, reason: "runtime_endpoint_refused", field: "runtimeUrl" },
    expected: `a path, or a URL at ${origin}`,
    seen: `${begins} at ${foreignOrigin(endpoint, runtimeUrl, origin)}`,
  });
}

function foreignOrigin(endpoint: string, runtimeUrl: string, own: string): string {
  const origin = URL.parse(endpoint.trim(), runtimeUrl)?.origin ?? "no URL";
  return origin === own ? `${own}, with a user name or too long` : origin;
}

/** Whoever is given a stream may post as anybody. */
function refusesStrangers({ slug }: ExaminedServer, bare: Heard): Finding {
  const note: Note = {
    server: slug,
    expected: "401 or 403 without X-MCPStack-Assertion",
    seen: `GET: ${told(bare)}`,
  };
  if (bare.status === 401 || bare.status === 403) return finding("runtime.assertion", "pass", note);
  const open = bare.endpoint !== null;
  return finding("runtime.assertion", open ? "fail" : "warn", {
    ...{ ...note, reason: "runtime_open" },
    ...(open && { field: "runtimeUrl" }),
  });
}

function told({ status, endpoint }: Heard): string {
  if (status === null) return "no answer in time";
  return endpoint === null ? `${status}` : `${status} with a stream`;
}
