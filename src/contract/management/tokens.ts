// API tokens: what lets a person or a program manage one organization, or call its static-headers servers.
import * as z from "zod";
import { displayName, time } from "./fields.ts";

/** `admin` changes, `viewer` reads, `caller` may only call static-headers servers. */
export const tokenRole = z.enum(["admin", "viewer", "caller"]);
export type TokenRole = z.infer<typeof tokenRole>;

export const tokenCreate = z.strictObject({ name: displayName, role: tokenRole });

export const tokenView = z.object({
  id: z.string(),
  organizationId: z.string(),
  name: z.string(),
  role: tokenRole,
  createdAt: time,
  lastUsedAt: time.nullable().describe("Kept to the day."),
  revokedAt: time.nullable(),
});
export type TokenView = z.infer<typeof tokenView>;

export const tokenCreated = tokenView.extend({
  token: z.string().describe("The token's text. It is shown here once and only its hash is kept."),
});
export type TokenCreated = z.infer<typeof tokenCreated>;
