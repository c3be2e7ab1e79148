// What the data plane needs only sometimes: the database behind the copies, and the provider. Loaded when first asked.
import { waitUntil } from "cloudflare:workers";
import { createClientDocuments } from "./downstream/client-documents.ts";
import { createConnector } from "./downstream/connector.ts";
import type { Connector } from "./downstream/port.ts";
import type { Context } from "./endpoints/context.ts";
import type { Settings } from "./oauth/deployment.ts";
import { Secret } from "./oauth/secret.ts";
import type { Bindings } from "./settings.ts";
import { apiTokenStore } from "./store/d1/api-tokens.ts";
import { clientStore } from "./store/d1/clients.ts";
import { type Database, openDatabase } from "./store/d1/database.ts";
import { directory } from "./store/d1/directory.ts";
import { signingKeyStore } from "./store/d1/signing-keys.ts";
import { providerCopies } from "./store/kv/provider-copies.ts";
import type { SnapshotPublisher } from "./store/snapshot/publisher.ts";
import type { Sealer } from "./tokens/port.ts";

export interface Seldom extends Pick<Context, "clients" | "clientDocuments" | "directory" | "publishedKeys"> {
  db: Database;
  apiTokens: Context["apiTokens"];
  connector: Connector;
}

export interface SeldomParts {
  settings: Settings;
  sealer: Sealer;
  publisher: SnapshotPublisher;
  /** Hosts that nothing here may call: the gateway would be calling itself. */
  ownHosts: string[];
  callbackUrl(gatewayId: string): string;
  /** Whether this host may be asked for one more document now. */
  mayAsk(host: string): Promise<boolean>;
  /** Epoch seconds. */
  now(): number;
}

export function createSeldom(bindings: Bindings, parts: SeldomParts): Seldom {
  const { settings, sealer, publisher, ownHosts, callbackUrl, mayAsk, now } = parts;
  const { allowPrivateNetwork } = settings;
  const copies = providerCopies(bindings.COPIES);
  const db = openDatabase(bindings.DB);
  const keys = signingKeyStore(db);
  return {
    db,
    clients: clientStore(db),
    clientDocuments: createClientDocuments({ now, allowPrivateNetwork, ownHosts, copies, mayAsk }),
    directory: directory({ db, publish: publisher.publish }),
    apiTokens: apiTokenStore(db),
    publishedKeys: async () => (await keys.published()).map(({ publicJwk }) => JSON.parse(publicJwk)),
    connector: createConnector({
      now,
      allowPrivateNetwork,
      ownHosts,
      copies,
      openSecret: async (gatewayId, sealed) => new Secret(await sealer.open("client-secret", gatewayId, sealed)),
      callbackUrl,
      background: waitUntil,
    }),
  };
}
