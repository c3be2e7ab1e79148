// Organizations: the owner of everything else, and who may sign in to its dashboard.
import * as z from "zod";
import { displayName, time } from "./fields.ts";

const memberRole = z.enum(["admin", "viewer"]);
const domain = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(/^(?:[a-z0-9-]+\.)+[a-z0-9-]+$/, "must be a domain such as example.com");

/** One person by address, or everyone whose verified address is in a domain; that domain and no other below it. */
export const dashboardMember = z.union(
  [
    z.strictObject({ email: z.email().max(254).toLowerCase(), role: memberRole }),
    z.strictObject({ domain, role: memberRole }),
  ],
  "must be { email, role } or { domain, role }, with role admin or viewer",
);
export type DashboardMember = z.infer<typeof dashboardMember>;

const settings = {
  name: displayName,
  dashboardMembers: z
    .array(dashboardMember)
    .max(200)
    .describe(
      "Who may sign in to the dashboard through the deployment's own provider; an address goes before a domain.",
    ),
};

export const organizationCreate = z.strictObject(settings).partial().required({ name: true });
export type OrganizationCreate = z.infer<typeof organizationCreate>;
export const organizationUpdate = z.strictObject(settings).partial();
export type OrganizationUpdate = z.infer<typeof organizationUpdate>;

export const organizationView = z.object({
  id: z.string(),
  ...settings,
  createdAt: time,
});
export type OrganizationView = z.infer<typeof organizationView>;
