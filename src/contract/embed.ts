// The embedded exchange: what an app sends for its signed-in user, and what it gets for one server.
import * as z from "zod";

/** RFC 8693 §3: what the app's own token is, and what is issued for it. */
export const tokenType = {
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

export const exchangeGrantType = "urn:ietf:params:oauth:grant-type:token-exchange";

/** The publishable key of the RFC 8693 form travels in this header; in JSON it is `apiKey`. */
export const keyHeader = "X-MCPStack-Key";

const text = z.string().min(1).max(512);

/** What the app says about its user. Nothing here is trusted: it must agree with the token where both speak. */
export const userIdentity = z.strictObject({
  subject: text.optional(),
  email: text.optional(),
  organizationId: text.optional(),
});

export const exchangeRequest = z.strictObject({
  apiKey: text,
  agentId: text,
  /** The app's own access token for its user, 16 KB at most. */
  token: z.string().min(1).max(16_384),
  /** Session metadata for the logs, never an identity. */
  appSessionKey: text.optional(),
  userIdentity: userIdentity.optional(),
  scopes: z.array(text).max(100).optional(),
});
export type ExchangeRequest = z.infer<typeof exchangeRequest>;

/** RFC 8693 §2.2.1, without a refresh token: the app exchanges again. `user` is who the token is for. */
export const exchangeResponse = z.looseObject({
  access_token: z.string(),
  issued_token_type: z.literal(tokenType.accessToken),
  token_type: z.literal("Bearer"),
  /** Seconds; never longer than the app's own token lives. */
  expires_in: z.number(),
  scope: z.string(),
  /** The MCP URL that the token is for. */
  resource: z.string(),
  user: z.object({ id: z.string(), workspace: z.string().nullable() }),
});
export type ExchangeResponse = z.infer<typeof exchangeResponse>;

/** Every refusal: an OAuth error with the gateway's own reason code, and what was expected and seen where that helps. */
export const exchangeError = z.looseObject({
  error: z.string(),
  error_description: z.string().optional(),
  reason: z.string().optional(),
  field: z.string().optional(),
  expected: z.string().optional(),
  seen: z.string().optional(),
  request_id: z.string().optional(),
});
export type ExchangeError = z.infer<typeof exchangeError>;
