// Which headers cross the proxy: a short list towards the runtime, everything harmless on the way back.

/**
 * Towards the runtime only named headers pass. A runtime trusts its edge, so a header that nobody thought of must not
 * arrive: no identity headers, no cookies, nothing about the network path (P-109, GHSA-g53w-w6mj-hrpp).
 */
const toRuntime = new Set([
  "accept",
  "accept-language",
  "baggage",
  "content-type",
  "last-event-id",
  "traceparent",
  "tracestate",
  "user-agent",
]);

/** Protocol headers of any revision, known or not (P-102). */
const protocolPrefix = "mcp-";

/** Header fields by name, in lower case: what `fetch` and `Response` take as it is, without a `Headers` between. */
export type HeaderFields = Record<string, string>;

/** The session id is left out: it must be proven first. */
export function runtimeHeaders(incoming: Iterable<[string, string]>): HeaderFields {
  return passing(
    incoming,
    (name) => toRuntime.has(name) || (name.startsWith(protocolPrefix) && name !== "mcp-session-id"),
  );
}

/**
 * The MCP URL shares its origin with the consent page and the dashboard, so what acts on an origin stays behind:
 * cookies, storage, transport and reporting policies. Challenges are the gateway's to make, and CORS and caching too.
 */
const notToClient = new Set([
  "accept-ch",
  "alt-svc",
  "cache-control",
  "clear-site-data",
  "cdn-cache-control",
  "cloudflare-cdn-cache-control",
  "content-location",
  "content-security-policy",
  "content-security-policy-report-only",
  "etag",
  "expires",
  "last-modified",
  "link",
  "location",
  "mcp-session-id",
  "nel",
  "pragma",
  "refresh",
  "report-to",
  "reporting-endpoints",
  "server",
  "service-worker-allowed",
  "set-cookie",
  "strict-transport-security",
  "vary",
  "www-authenticate",
  "x-content-type-options",
  "x-powered-by",
  // RFC 9110 §7.6.1: of one connection only.
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const prefixNotToClient = /^(?:access-control|cf|proxy|x-mcpstack)-/;

/** The session id is left out: it must be bound first. */
export function clientHeaders(fromRuntime: Iterable<[string, string]>): HeaderFields {
  return passing(fromRuntime, (name) => !notToClient.has(name) && !prefixNotToClient.test(name));
}

/** Without Connection and what it nominates (RFC 9110 §7.6.1). Of a name that comes twice the last value is taken. */
function passing(fields: Iterable<[string, string]>, may: (name: string) => boolean): HeaderFields {
  const passed: HeaderFields = {};
  let connection = "";
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    if (lower === "connection") connection = `${connection},${value}`;
    else if (may(lower)) passed[lower] = value;
  }
  if (connection !== "") for (const name of connection.split(",")) delete passed[name.trim().toLowerCase()];
  return passed;
}

/**
 * The runtime's URL with the client's query behind the operator's own. A token in a query is never read and never
 * passed on (P-19), and a client cannot repeat a parameter that the operator set.
 */
export function runtimeAddress(runtimeUrl: string, clientQuery: string): string {
  const url = new URL(runtimeUrl);
  const taken = new Set(url.searchParams.keys());
  const kept = clientQuery
    .replace(/^\?/, "")
    .split("&")
    .filter((pair) => {
      if (pair === "") return false;
      const name = [...new URLSearchParams(pair).keys()][0] ?? "";
      return name.toLowerCase() !== "access_token" && !taken.has(name);
    });
  if (kept.length === 0) return url.href;
  url.search = [url.search.slice(1), ...kept].filter((part) => part !== "").join("&");
  return url.href;
}
