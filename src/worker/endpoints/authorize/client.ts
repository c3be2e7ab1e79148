// Finds the client that an authorization request names: of the operator, of a metadata document, or registered by itself.
import { builtInClient } from "../../oauth/built-in-clients.ts";
import { addressKey } from "../../oauth/client-address.ts";
import type { ClientDocument } from "../../oauth/client-document.ts";
import { looksLikeUrl } from "../../oauth/client-id-url.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import { PageError } from "../../oauth/errors.ts";
import { printable } from "../../oauth/params.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { GrantClient } from "../../store/promises/grants.ts";
import type { ServerVisit } from "../context.ts";

export interface FoundClient {
  client: GrantClient;
  redirectUris: readonly string[];
  /** Of the document that this is; null for every other client. */
  documentDigest: string | null;
  /** What the log should say although the client is known. */
  amiss?: ClientDocument["standIn"];
}

/**
 * The operator's clients first, then documents, then registrations (P-36).
 * @param address of who asks, as the network says; null when it does not
 * @throws PageError invalid_client: without a client there is no redirect URI that could be trusted (P-50)
 */
export async function findClient(
  clientId: string,
  profile: GatewayProfile,
  visit: ServerVisit,
  address: string | null,
): Promise<FoundClient> {
  const own = builtInClient(clientId, visit.context.settings.origin);
  if (own) return found({ ...own.client, kind: own.kind, secretHash: null }, [own.redirectUri]);
  const known = profile.clientPolicy.preregistered.find((candidate) => candidate.clientId === clientId);
  if (known) {
    const { clientName: name, secretHash, redirectUris } = known;
    return found({ id: clientId, name, kind: "preregistered", secretHash }, redirectUris);
  }
  if (looksLikeUrl(clientId)) return documentClient(clientId, profile, visit, address);
  const registered = await visit.context.clients.find(visit.server.snapshot.id, clientId);
  if (!registered) {
    throw new PageError(400, "invalid_client", "client_unknown", { field: "client_id", seen: printable(clientId) });
  }
  const { id, name, secretHash, redirectUris, authMethods } = registered;
  return found({ id, name, kind: "registered", secretHash, ...(authMethods && { authMethods }) }, redirectUris);
}

function found(client: GrantClient, redirectUris: readonly string[]): FoundClient {
  return { client, redirectUris, documentDigest: null };
}

async function documentClient(
  clientId: string,
  profile: GatewayProfile,
  { context }: ServerVisit,
  address: string | null,
): Promise<FoundClient> {
  if (!profile.clientPolicy.metadataDocuments) {
    const detail = { field: "client_id", seen: printable(clientId) };
    throw new PageError(400, "invalid_client", "client_metadata_unsupported", detail);
  }
  try {
    const mayFetch = () => context.allow("register", `documents for ${addressKey(address)}`);
    const document = await context.clientDocuments.find(clientId, mayFetch);
    const { name, redirectUris, authMethods, digest: documentDigest, standIn } = document;
    const client: GrantClient = { id: clientId, name, kind: "document", secretHash: null, authMethods };
    return { client, redirectUris, documentDigest, ...(standIn && { amiss: standIn }) };
  } catch (error) {
    throw error instanceof DownstreamError ? asPage(error) : error;
  }
}

/** A host that is away says nothing about its client: 503, so that nobody forgets anything because of it. */
function asPage({ reason, detail, transient }: DownstreamError): PageError {
  if (reason === "rate_limited") return new PageError(429, "temporarily_unavailable", reason, detail);
  if (transient) return new PageError(503, "temporarily_unavailable", reason, detail);
  const { retryAfter: _, ...lasting } = detail;
  return new PageError(400, "invalid_client", reason, lasting);
}
