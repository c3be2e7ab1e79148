// Organizations: the owner of everything else.
import * as z from "zod";
import { displayName, time } from "./fields.ts";

export const organizationCreate = z.strictObject({ name: displayName });
export const organizationUpdate = organizationCreate.partial();

export const organizationView = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: time,
});
export type OrganizationView = z.infer<typeof organizationView>;
