// CORS on the MCP URL: open to browsers without credentials, because authorization is a header and never a cookie.

const exposed = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, DPoP-Nonce";
const usual =
  "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID";

/** What every answer carries, refusals too: a browser client cannot read a challenge that it is not shown. */
export function corsHeaders(): Record<string, string> {
  return { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": exposed };
}

/**
 * What a preflight is answered. The requested headers are repeated because `*` does not cover Authorization (P-112);
 * anything that is not a list of header names is ignored.
 */
export function preflightHeaders(requested: string | null): Record<string, string> {
  const repeatable = requested !== null && requested.length <= 2048 && /^[\w!#$%&'*+.^`|~, -]+$/.test(requested);
  return {
    ...corsHeaders(),
    "Access-Control-Allow-Methods": "GET, POST, DELETE, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": repeatable ? requested : usual,
    "Access-Control-Max-Age": "7200",
    Vary: "Access-Control-Request-Headers",
  };
}
