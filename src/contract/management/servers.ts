// MCP servers: one MCP URL, the runtime behind it, its scopes and tools, and the gateway attached to it.
import * as z from "zod";
import { slugShape } from "../ids.ts";
import { displayName, httpUrl, reference, scopes, scopeToken, time, webOrigin } from "./fields.ts";
import { staticHeaders } from "./static-headers.ts";

/** These make a sign-in, not a permission of a tool; an MCP client must not be asked for them (P-8). */
const signInScopes = ["openid", "offline_access"];

const serverScopes = scopes.refine((list) => !list.some((scope) => signInScopes.includes(scope)), {
  error: "openid and offline_access belong to the gateway's scopes, not to a server's",
});

const slug = z.string().regex(slugShape, "use 1 to 63 of a-z, 0-9 and -, not starting or ending with -");

const tool = z.strictObject({ name: z.string().min(1).max(200), scopes: serverScopes });

const broaderScopes = z
  .array(z.strictObject({ name: scopeToken, scopes: serverScopes.min(1, "must name a narrower scope") }))
  .max(100)
  .refine((list) => new Set(list.map((entry) => entry.name)).size === list.length, "names a scope twice")
  .describe("Scopes that include narrower ones at the provider: whoever holds `name` may do what `scopes` allow.");

const settings = {
  name: displayName,
  runtimeUrl: httpUrl,
  scopes: serverScopes,
  tools: z
    .array(tool)
    .max(500)
    .refine((list) => new Set(list.map((entry) => entry.name)).size === list.length, "names a tool twice"),
  broaderScopes,
  allowedOrigins: z
    .array(webOrigin)
    .max(100)
    .describe(
      "Web origins whose pages may call the MCP URL, besides those of linked agents. `*` lets every page call it, for " +
        "MCP clients that run in browsers; each call still needs a token, and the origin `null` never passes.",
    ),
};

export const serverAuthentication = z
  .enum(["gateway", "static_headers"])
  .describe("`gateway`: people sign in. `static_headers`: callers present an API token of role caller.");

export const serverCreate = z
  .strictObject({
    ...settings,
    slug,
    authentication: serverAuthentication,
    staticHeaders: staticHeaders.describe("Write-only, as a whole; only for a static_headers server."),
  })
  .partial()
  .required({ name: true, slug: true, runtimeUrl: true });
export type ServerCreate = z.infer<typeof serverCreate>;

export const serverUpdate = z
  .strictObject({
    ...settings,
    staticHeaders: staticHeaders.describe("Write-only; replaces all of them, and `{}` removes them."),
    slug: z.never("never changes: it is part of the server's MCP URL and issuer; create another server instead"),
    authentication: z.never("never changes; create another server instead"),
  })
  .partial();
export type ServerUpdate = z.infer<typeof serverUpdate>;

export const serverView = z.object({
  id: z.string(),
  organizationId: z.string(),
  slug: z.string(),
  mcpUrl: z.string().describe("What an MCP client is given."),
  ...settings,
  authentication: serverAuthentication,
  hasStaticHeaders: z.boolean(),
  gatewayId: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
});
export type ServerView = z.infer<typeof serverView>;

export const gatewayAttachment = z.strictObject({ gatewayId: reference });
