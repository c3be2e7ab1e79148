// grant_type=refresh_token: rotation with a minute's grace, the provider asked once for all callers.
import { parseScope } from "../../oauth/scope.ts";
import type { GrantType } from "./grant.ts";

export const refreshToken: GrantType = {
  type: "refresh_token",
  required: ["refresh_token"],
  event: "refresh",
  unknown: "refresh_unknown",
  async issue(parameters, proof, { context, server }) {
    const wished = parseScope(parameters.get("scope"));
    const token = parameters.get("refresh_token") ?? "";
    const { slug, gateway } = server.snapshot;
    const place = { resource: parameters.get("resource") ?? null, slug };
    // Absent, empty or unreadable: unchanged. A wider wish is narrowed, since clients repeat their defaults here.
    const scope = wished && wished.length > 0 ? wished : null;
    return context.grants.refresh(token, { ...proof, ...place, scope }, gateway);
  },
};
