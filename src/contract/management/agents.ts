// Agents: the assistant of an embedded app, its publishable keys, the pages that may use it, the servers it reaches.
import * as z from "zod";
import { displayName, reference, time } from "./fields.ts";

const day = 86_400;

const settings = {
  name: displayName,
  allowedOrigins: z
    .array(z.string().max(300, "must be 300 characters at most"))
    .max(100)
    .describe(
      "Web origins whose pages may use the agent, as browsers send them: https://app.example.com. One leading " +
        "wildcard label may stand for a host's subdomains: https://*.example.com. http only for localhost.",
    ),
};

export const agentCreate = z.strictObject({
  ...settings,
  servers: z.array(reference).max(25).optional().describe("MCP servers to link at once: ids or slugs."),
});
export type AgentCreate = z.infer<typeof agentCreate>;

export const agentUpdate = z.strictObject(settings).partial();
export type AgentUpdate = z.infer<typeof agentUpdate>;

export const keyRotation = z.strictObject({
  overlapSeconds: z
    .int("must be whole seconds")
    .min(0)
    .max(30 * day)
    .default(day)
    .describe("For how long the former keys still work; one that was to end earlier does."),
});
export type KeyRotation = z.infer<typeof keyRotation>;

export const agentKeyView = z.object({
  id: z.string(),
  publishableKey: z.string().describe("Not a secret: web pages carry it."),
  createdAt: time,
  expiresAt: time.nullable().describe("Null for the current key; a former one works until then."),
});

export const agentView = z.object({
  id: z.string(),
  organizationId: z.string(),
  ...settings,
  handle: z.string().describe("What the agent may also be called, as long as no other one is called so."),
  keys: z.array(agentKeyView).describe("Keys that work now, the current one first."),
  servers: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string() })),
  createdAt: time,
  updatedAt: time,
});
export type AgentView = z.infer<typeof agentView>;
