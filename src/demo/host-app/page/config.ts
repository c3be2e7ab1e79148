// What the host app's page is told by its server: public addresses and ids, nothing that has to be kept.
import * as z from "zod";

export const hostAppConfig = z.object({
  /** The authorization server that signs people in to this app. */
  issuer: z.string(),
  clientId: z.string(),
  /** The API that the app's own access token is for. */
  resource: z.string(),
  scope: z.string(),
  /** Resources of the provider whose tokens the gateway refuses, to see how. */
  anotherApi: z.string(),
  expired: z.string(),
  gatewayUrl: z.string(),
  agentId: z.string(),
  /** Publishable: every page that embeds the agent carries it. */
  apiKey: z.string(),
  /** The MCP server's slug. */
  server: z.string(),
  /** The origin that the agent's list names, and one that serves the same page and is not on it. */
  listedOrigin: z.string(),
  unlistedOrigin: z.string(),
});
export type HostAppConfig = z.infer<typeof hostAppConfig>;

/** What the gateway answered the app's server, which asked as a page of its own origin would, without a token. */
export const gatewayWords = z.object({
  status: z.int(),
  reason: z.string(),
  message: z.string(),
  expected: z.string().optional(),
  seen: z.string().optional(),
});
export type GatewayWords = z.infer<typeof gatewayWords>;
