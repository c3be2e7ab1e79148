// Finds the client that an authorization request names: registered by the operator, or by itself.
import { builtInClient } from "../../oauth/built-in-clients.ts";
import { looksLikeUrl, refuseClientUrl } from "../../oauth/client-id-url.ts";
import type { Settings } from "../../oauth/deployment.ts";
import { PageError } from "../../oauth/errors.ts";
import { refuseOutbound } from "../../oauth/outbound-url.ts";
import { printable } from "../../oauth/params.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { GrantClient } from "../../store/promises/grants.ts";
import type { ServerVisit } from "../context.ts";

export interface FoundClient {
  client: GrantClient;
  redirectUris: readonly string[];
}

/** @throws PageError invalid_client: without a client there is no redirect URI that could be trusted (P-50) */
export async function findClient(clientId: string, profile: GatewayProfile, visit: ServerVisit): Promise<FoundClient> {
  const own = builtInClient(clientId, visit.context.settings.origin);
  if (own) return { client: { ...own.client, kind: own.kind, secretHash: null }, redirectUris: [own.redirectUri] };
  const known = profile.clientPolicy.preregistered.find((candidate) => candidate.clientId === clientId);
  if (known) {
    const { clientName: name, secretHash, redirectUris } = known;
    return { client: { id: clientId, name, kind: "preregistered", secretHash }, redirectUris };
  }
  if (looksLikeUrl(clientId)) {
    const refused = refuseAddress(clientId, visit.context.settings);
    const detail = { field: "client_id", seen: `${printable(clientId)}${refused ? ` ${refused}` : ""}` };
    throw new PageError(400, "invalid_client", refused ? "client_url_refused" : "client_metadata_unsupported", detail);
  }
  const registered = await visit.context.clients.find(visit.server.snapshot.id, clientId);
  if (!registered) {
    throw new PageError(400, "invalid_client", "client_unknown", { field: "client_id", seen: printable(clientId) });
  }
  const { id, name, secretHash, redirectUris } = registered;
  return { client: { id, name, kind: "registered", secretHash }, redirectUris };
}

/** The form of the id itself, then where it leads: nothing inside a network, and never this gateway (P-37, P-39). */
function refuseAddress(clientId: string, settings: Settings): string | null {
  const { origin, serverHostSuffix, allowPrivateNetwork } = settings;
  const ownHosts = [new URL(origin).host, ...(serverHostSuffix ? [serverHostSuffix] : [])];
  return refuseClientUrl(clientId) ?? refuseOutbound(clientId, { ownHosts, allowPrivateNetwork });
}
