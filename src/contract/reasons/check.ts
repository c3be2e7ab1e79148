// Reason codes that only the doctor gives: what it finds before a person meets it.
import type { Reason } from "./reason.ts";

export const checkReasons = {
  provider_scope_unlisted: {
    cause: "A scope is asked for that is not among those the provider lists.",
    fix: "Correct its spelling, or define it at the provider; where it exists but is not listed, nothing needs to change.",
  },
  provider_page_unreadable: {
    cause: "The provider does not show its login page to a program.",
    fix: "Run Connect in a browser to see how far a person comes.",
  },
  provider_keys_missing: {
    cause: "The provider publishes no key that its tokens could be verified with.",
    fix: "Let the provider sign with an asymmetric algorithm such as RS256, or correct jwksUri.",
  },
  clock_skew: {
    cause: "The provider's clock differs by more than a minute.",
    fix: "Set the provider's clock; tokens are otherwise not valid yet, or end too early.",
  },
  server_missing: {
    cause: "No server uses this profile.",
    fix: "Attach the profile to an MCP server.",
  },
  runtime_open: {
    cause: "The MCP runtime answers calls that did not come through the gateway.",
    fix: "Verify X-MCPStack-Assertion in the runtime and refuse every request without a valid one.",
  },
  runtime_not_mcp: {
    cause: "What answers at the runtime's address does not speak MCP over HTTP.",
    fix: "Set runtimeUrl to the runtime's MCP endpoint, with its path.",
  },
  runtime_older_transport: {
    cause: "The MCP runtime speaks HTTP+SSE of 2024-11-05, which not every client tries any more.",
    fix: "Nothing must change for clients that know it; for all others let the runtime serve Streamable HTTP and set runtimeUrl to that endpoint.",
  },
  mcp_url_unchallenged: {
    cause: "A client at the public MCP URL is not told where to authorize.",
    fix: "Let these clients through whatever stands before the gateway: bot rules, firewall, access policies, caches.",
  },
  mcp_url_metadata: {
    cause: "The metadata of the public MCP URL does not reach clients.",
    fix: "Let /.well-known/ of the gateway's host reach the gateway, and check PUBLIC_ORIGIN.",
  },
} as const satisfies Record<string, Reason>;
