// The doctor: what is asked, every check that it makes in the order of its answer, and how a finding looks.
import * as z from "zod";
import { reference, time } from "./fields.ts";

/** Every check with what it looks at, in the order in which findings are answered. Names never change. */
export const checks = {
  "profile.client-id": "The profile names its client",
  "profile.client-secret": "The profile has the secret that its client needs",
  "profile.resource": "The profile names the API",
  "profile.scopes": "The profile asks who the person is",
  "profile.accepted-client-ids": "Client ids are listed where tokens name no API",
  discovery: "The provider publishes its metadata",
  "discovery.metadata-url": "Metadata at exactly the URL of the profile",
  "discovery.oidc-append": "Metadata below the issuer, as OpenID Connect has it",
  "discovery.oauth-insert": "Metadata before the issuer's path, as RFC 8414 has it",
  "discovery.oauth-append": "OAuth metadata below the issuer",
  "discovery.oidc-insert": "OpenID Connect metadata before the issuer's path",
  issuer: "The issuer, byte for byte",
  pkce: "PKCE with S256",
  "endpoints.authorization": "The authorization endpoint answers",
  "endpoints.token": "The token endpoint answers",
  keys: "The provider's signing keys",
  scopes: "The profile's scopes are known",
  registration: "Dynamic registration at the provider",
  authorize: "Callback URL, scopes and resource are accepted, up to the login page",
  client: "The provider takes the profile's client and secret",
  revocation: "Sign-ins can be ended at the provider",
  introspection: "Opaque tokens can be asked about",
  "callback-issuer": "The provider names itself in its answers",
  clock: "The provider's clock agrees",
  "enterprise.keys": "The keys of an enterprise issuer",
  servers: "Servers use this profile",
  "server.scopes": "The scopes of a server and its tools are known",
  "runtime.reachable": "The runtime answers",
  "runtime.mcp": "The runtime speaks MCP",
  "runtime.assertion": "The runtime refuses calls that do not come through the gateway",
  "mcp-url.challenge": "MCP clients are challenged at the public MCP URL",
  "mcp-url.metadata": "MCP clients find the metadata of the MCP URL",
  "token.content": "What the token says, not yet verified",
  "token.kind": "It is an access token of a person",
  "token.algorithm": "It is signed in a way that can be trusted",
  "token.issuer": "It comes from an issuer of the profile",
  "token.signature": "Its signature holds",
  "token.audience": "It is for the profile's API",
  "token.times": "It is valid now",
  "token.identity": "It names a stable user",
  "token.scopes": "It grants what the server needs",
  "token.sign-in": "A sign-in that brings this access token succeeds",
  "token.mcp-url": "It opens the MCP URL as it stands",
} as const;

export type CheckName = keyof typeof checks;

/** Warn: works, or cannot be told from here, and a person should look. Skip: not asked, with the reason in `seen`. */
export const checkStatuses = ["pass", "warn", "fail", "skip"] as const;

export const checkRequest = z.strictObject({
  token: z
    .string()
    .min(1, "must not be empty")
    .max(32 * 1024, "must be 32 KB at most")
    .optional()
    .describe("A token to explain: decoded and judged, never stored."),
  server: reference.optional().describe("Id or slug; only this attached server is looked at."),
});
export type CheckRequest = z.infer<typeof checkRequest>;

export const finding = z.object({
  check: z.string().describe("Stable name, such as issuer or runtime.assertion."),
  title: z.string().describe("What was looked at, for people."),
  status: z.enum(checkStatuses),
  server: z.string().nullable().describe("The server's slug, where the check is about one."),
  reason: z.string().nullable().describe("Reason code, as in logs."),
  diagnosis: z.string().nullable().describe("What is wrong at the provider, where its own error tells."),
  expected: z.string().nullable(),
  seen: z.string().nullable(),
  field: z.string().nullable().describe("What to change: of the profile, or of the server if one is named."),
  fix: z.string().nullable(),
});
export type Finding = z.infer<typeof finding>;

export const checkView = z.object({
  gatewayId: z.string(),
  checkedAt: time,
  summary: z.object({ pass: z.int(), warn: z.int(), fail: z.int(), skip: z.int() }),
  findings: z.array(finding).describe("In a stable order; several servers follow one another within a check."),
});
export type CheckView = z.infer<typeof checkView>;
