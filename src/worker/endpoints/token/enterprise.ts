// The jwt-bearer grant with an ID-JAG, for the servers whose profile takes one; what it needs is loaded by the first.
import { jwtBearer } from "../../oauth/grant-profile.ts";
import { onDemand } from "../../oauth/on-demand.ts";
import type { GrantlessType } from "./grant.ts";

const judge = onDemand(() => import("./enterprise-answer.ts"));

export const enterprise: GrantlessType = {
  type: jwtBearer,
  required: ["assertion"],
  offered: ({ server }) => (server.snapshot.gateway?.enterpriseIssuers.length ?? 0) > 0,
  answer: async (...request) => (await judge()).answer(...request),
};
