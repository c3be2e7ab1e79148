// Audit: who changed what, and when. Names of fields only, never their values.
import * as z from "zod";
import { time } from "./fields.ts";

export const auditView = z.object({
  id: z.string(),
  at: time,
  actor: z
    .string()
    .describe("The id of the API token, `deployment` for its own token, or a signed-in person's address."),
  action: z.string(),
  target: z.string(),
  fields: z.array(z.string()),
});
export type AuditView = z.infer<typeof auditView>;
