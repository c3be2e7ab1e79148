// The clients of one server, for the endpoints where no grant remembers one.
import type { Context } from "./endpoints/context.ts";
import { addressKey } from "./oauth/client-address.ts";
import { looksLikeUrl, refuseClientAddress } from "./oauth/client-id-url.ts";
import { outboundRules } from "./oauth/deployment.ts";
import type { ClientBook } from "./oauth/known-client.ts";
import type { ServerSnapshot } from "./store/promises/snapshot.ts";

/**
 * A client that is a metadata document is known by the form of its id: looking at the document would let anybody with a
 * made-up token send the gateway to any host, and such a client has no registration that it could forget.
 */
export function clientBookOf({ id, gateway }: ServerSnapshot, context: Context, { headers }: Request): ClientBook {
  const { allow, clientDocuments, clients, settings } = context;
  const preregistered = gateway?.clientPolicy.preregistered ?? [];
  const mayBeDocument = (clientId: string) =>
    refuseClientAddress(clientId, outboundRules(settings)) === null && gateway?.clientPolicy.metadataDocuments === true;
  const mayFetch = () => allow("register", `documents for ${addressKey(headers.get("cf-connecting-ip"))}`);
  return {
    preregistered,
    async find(clientId) {
      if (!looksLikeUrl(clientId)) return clients.find(id, clientId);
      return mayBeDocument(clientId) ? { secretHash: null } : null;
    },
    async keys(clientId, kid) {
      if (preregistered.some((client) => client.clientId === clientId)) return null;
      if (!looksLikeUrl(clientId)) return clients.keys(id, clientId);
      if (!mayBeDocument(clientId)) return null;
      const document = await clientDocuments.find(clientId, mayFetch);
      return document.authMethods.includes("private_key_jwt") ? clientDocuments.keys(document, kid) : null;
    },
  };
}
