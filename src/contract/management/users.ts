// App users: one person, however they came.
import * as z from "zod";
import { time } from "./fields.ts";

export const userView = z.object({
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  workspace: z.string().nullable(),
  email: z.string().nullable(),
  channels: z.array(z.enum(["oauth", "embedded", "enterprise"])),
  firstSeenAt: time,
  lastSeenAt: time,
});
export type UserView = z.infer<typeof userView>;
