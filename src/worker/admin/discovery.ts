// Looking for a provider's metadata before its profile is saved: what was found, or what each place answered.
import { reasons } from "../../contract/events.ts";
import type { GatewayCreate } from "../../contract/management/gateways.ts";
import { Refusal } from "../oauth/errors.ts";
import { type Actor, enter } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError } from "./errors.ts";
import { newGateway } from "./gateway-fields.ts";

export type Discovery =
  | { ok: true; issuer: string }
  | { ok: false; cause: string; fix: string; expected: string | null; seen: string | null; field: string | null };

export function discoveryOperations(parts: AdminDependencies) {
  return {
    /** Saves nothing. @throws AdminError invalid_field for an address that may not be called */
    async look(actor: Actor, orgId: string, body: GatewayCreate): Promise<Discovery> {
      await enter(parts.organizations, actor, orgId, "admin");
      const draft = await newGateway(parts, "gw_draft", orgId, body);
      try {
        return { ok: true, issuer: await parts.discoverIssuer(draft) };
      } catch (error) {
        if (error instanceof AdminError || !(error instanceof Refusal)) throw error;
        const { expected = null, seen = null, field = null } = error.detail;
        return { ok: false, ...reasons[error.reason], expected, seen, field };
      }
    },
  };
}
