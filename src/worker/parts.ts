// Builds what the rooms and the grant's object are handed: once per isolate and environment.
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
import type { GrantObjectParts } from "./store/grant-object/deps.ts";
import { createGrantStore } from "./store/grants.ts";
import { providerCopies } from "./store/kv/provider-copies.ts";
import { type LogObjectParts, usualRetention } from "./store/log-object/deps.ts";
import { calledElsewhere, createLogs } from "./store/logs.ts";
import { createNotedPeople } from "./store/noted-people.ts";
import type { Logs } from "./store/promises/logs.ts";
import type { ReplayObjectParts } from "./store/replay-object/index.ts";
import { createReplayStore } from "./store/replays.ts";
import { createSnapshots } from "./store/snapshot/index.ts";
import type { SnapshotPublisher } from "./store/snapshot/publisher.ts";
import { createAccessTokens } from "./tokens/access-token.ts";
import { createAssertions } from "./tokens/assertion.ts";
import { randomSecret } from "./tokens/opaque.ts";
import type { Sealer } from "./tokens/port.ts";
import { createSealer } from "./tokens/seal.ts";
import { newSigningKey } from "./tokens/signing-keys.ts";

export interface Parts {
  settings: Settings;
  db: Database;
  sealer: Sealer;
  connector: Connector;
  publisher: SnapshotPublisher;
  logs: Logs;
  context: Context;
}

/** Epoch seconds. */
export const now = () => Math.floor(Date.now() / 1000);
/** Epoch milliseconds. */
const clock = () => Date.now();

export function buildParts(bindings: Bindings, settings: Settings): Parts {
  const sealer = createSealer(settings.masterKeys);
  const db = openDatabase(bindings.DB);
  const connector = createConnector({
    now,
    allowPrivateNetwork: settings.allowPrivateNetwork,
    ownHosts: ownHosts(settings),
    copies: providerCopies(bindings.COPIES),
    openSecret: async (gatewayId, sealed) => new Secret(await sealer.open("client-secret", gatewayId, sealed)),
    callbackUrl: (gatewayId) => callbackUrl(settings, gatewayId),
  });
  const { reader, publisher } = createSnapshots({
    db: bindings.DB,
    kv: bindings.COPIES,
    newSigningKey: () => newSigningKey(sealer),
    background: waitUntil,
    now,
  });
  const keys = signingKeyStore(db);
  const logs = createLogs({
    namespace: bindings.LOGS,
    now: clock,
    background: waitUntil,
    print: (line) => console.log(line),
  });
  const people = directory({ db, publish: publisher.publish });
  const context: Context = {
    settings,
    now,
    snapshots: reader,
    grants: createGrantStore(bindings.GRANTS, randomSecret),
    replays: createReplayStore(bindings.REPLAYS),
    clients: clientStore(db),
    clientDocuments: createClientDocuments({
      now,
      allowPrivateNetwork: settings.allowPrivateNetwork,
      ownHosts: ownHosts(settings),
      copies: providerCopies(bindings.COPIES),
      mayAsk: (host) => allow(bindings, "register", `documents at ${host}`),
    }),
    directory: people,
    notePerson: createNotedPeople(people),
    apiTokens: apiTokenStore(db),
    connector,
    sealer,
    accessTokens: createAccessTokens(settings.masterKeys),
    assertions: createAssertions({ issuer: settings.origin, sealer }),
    publishedKeys: async () => (await keys.published()).map(({ publicJwk }) => JSON.parse(publicJwk)),
    allow: (limit, key) => allow(bindings, limit, key),
    record: logs.record,
  };
  return { settings, db, sealer, connector, publisher, logs, context };
}

/** What a grant's object needs of the rest: its own storage comes from the platform. */
export function grantObjectParts({ sealer, connector, context }: Parts): GrantObjectParts {
  return {
    now,
    randomSecret,
    seal: sealer.seal,
    open: sealer.open,
    renew: connector.renew,
    revokeDownstream: connector.revoke,
    record: context.record,
    publishEnd: (grant) => context.directory.ended(grant, now()),
  };
}

/** What a log's object is handed: it keeps lines and looks at nothing else. */
export function logObjectParts(bindings: Pick<Bindings, "LOGS">): LogObjectParts {
  return {
    now: clock,
    keep: usualRetention,
    calledElsewhere: (gatewayId, filters) => calledElsewhere(bindings.LOGS, gatewayId, filters),
  };
}

/** What an object of single use is handed: it keeps digests and needs the time. */
export function replayObjectParts(): ReplayObjectParts {
  return { now };
}

export function callbackUrl(settings: Settings, gatewayId: string): string {
  return `${settings.origin}/callback/${gatewayId}`;
}

/** Hosts that a profile or runtime may not name: the gateway would be calling itself. */
export function ownHosts(settings: Settings): string[] {
  const { host } = new URL(settings.origin);
  return settings.serverHostSuffix ? [host, settings.serverHostSuffix] : [host];
}

async function allow(bindings: Bindings, limit: "register" | "authorize" | "failures", key: string): Promise<boolean> {
  const limits = {
    register: bindings.LIMIT_REGISTER,
    authorize: bindings.LIMIT_AUTHORIZE,
    failures: bindings.LIMIT_FAILURES,
  };
  return (await limits[limit]?.limit({ key }))?.success ?? true;
}
