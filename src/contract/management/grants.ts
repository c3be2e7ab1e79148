// Grants: who allowed which client to act at which server, and how that is taken back.
import * as z from "zod";
import { reference, time } from "./fields.ts";
import { pageQuery } from "./page.ts";

const filter = {
  server: reference.optional().describe("Id or slug."),
  user: reference.optional(),
  client: reference.optional(),
};

export const grantsQuery = z.strictObject({ ...pageQuery, ...filter });
export type GrantsQuery = z.infer<typeof grantsQuery>;

export const grantView = z.object({
  id: z.string(),
  gatewayId: z.string(),
  serverId: z.string(),
  userId: z.string(),
  email: z.string().nullable(),
  clientId: z.string(),
  clientName: z.string(),
  channel: z.enum(["oauth", "embedded"]),
  scopes: z.array(z.string()),
  createdAt: time,
  lastUsedAt: time,
  expiresAt: time,
  revoking: z.boolean().describe("Already refused everywhere; the provider is still being told."),
});
export type GrantView = z.infer<typeof grantView>;

/** Exactly one of the members, so that a misspelled filter never ends more than was meant. */
export const revocationQuery = z
  .strictObject({
    user: reference.optional(),
    client: reference.optional(),
    all: z.literal("true", "must be true").optional(),
  })
  .refine((query) => Object.values(query).filter((value) => value !== undefined).length === 1, {
    error: "name exactly one of user, client or all=true",
    path: ["all"],
  });
export type RevocationQuery = z.infer<typeof revocationQuery>;

export const revocationResult = z.object({
  revoked: z.int().describe("Grants that have ended."),
  pending: z.int().describe("Grants already refused everywhere whose provider is told within minutes."),
  provider: z
    .object({
      revoked: z.int(),
      refused: z.int(),
      unsupported: z.int(),
      unavailable: z.int(),
      nothing_to_revoke: z.int(),
    })
    .describe("What the provider answered when its own tokens were to be revoked."),
});
export type RevocationResult = z.infer<typeof revocationResult>;
