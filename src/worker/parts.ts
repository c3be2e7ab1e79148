// Builds what the rooms and the grant's object are handed: once per isolate and environment.
import { waitUntil } from "cloudflare:workers";
import type { Connector } from "./downstream/port.ts";
import type { Context } from "./endpoints/context.ts";
import type { Settings } from "./oauth/deployment.ts";
import { onDemand } from "./oauth/on-demand.ts";
import type { Seldom } from "./seldom.ts";
import type { Bindings } from "./settings.ts";
import type { GrantObjectParts } from "./store/grant-object/deps.ts";
import { createGrantStore } from "./store/grants.ts";
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

export interface Parts {
  settings: Settings;
  sealer: Sealer;
  publisher: SnapshotPublisher;
  logs: Logs;
  context: Context;
  /** The database and the connector as they are, for the rooms that are loaded on demand themselves. */
  seldom(): Promise<Seldom>;
}

/** Epoch seconds. */
export const now = () => Math.floor(Date.now() / 1000);
/** Epoch milliseconds. */
const clock = () => Date.now();

export function buildParts(bindings: Bindings, settings: Settings): Parts {
  const sealer = createSealer(settings.masterKeys);
  const { reader, publisher } = createSnapshots({
    db: bindings.DB,
    kv: bindings.COPIES,
    newSigningKey: async () => (await import("./tokens/signing-keys.ts")).newSigningKey(sealer),
    background: waitUntil,
    now,
  });
  const seldom = onDemand(async () => {
    const { createSeldom } = await import("./seldom.ts");
    const places = { ownHosts: ownHosts(settings), callbackUrl: (id: string) => callbackUrl(settings, id) };
    const mayAsk = (host: string) => allow(bindings, "register", `documents at ${host}`);
    return createSeldom(bindings, { settings, sealer, publisher, ...places, mayAsk, now });
  });
  const logs = createLogs({
    namespace: bindings.LOGS,
    now: clock,
    background: waitUntil,
    print: (line) => console.log(line),
  });
  const stores = storesOf(seldom);
  const context: Context = {
    settings,
    now,
    snapshots: reader,
    grants: createGrantStore(bindings.GRANTS, randomSecret),
    replays: createReplayStore(bindings.REPLAYS),
    sealer,
    accessTokens: createAccessTokens(settings.masterKeys),
    assertions: createAssertions({ issuer: settings.origin, sealer }),
    ...stores,
    notePerson: createNotedPeople(stores.directory),
    connector: connectorOf(seldom),
    allow: (limit, key) => allow(bindings, limit, key),
    record: logs.record,
  };
  return { settings, sealer, publisher, logs, context, seldom };
}

/** The same promises as the stores', kept by whoever asks first. */
function storesOf(
  seldom: () => Promise<Seldom>,
): Pick<Context, "clients" | "clientDocuments" | "directory" | "apiTokens" | "publishedKeys"> {
  return {
    clients: {
      find: async (...asked) => (await seldom()).clients.find(...asked),
      keys: async (...asked) => (await seldom()).clients.keys(...asked),
      recall: async (...asked) => (await seldom()).clients.recall(...asked),
      register: async (...asked) => (await seldom()).clients.register(...asked),
    },
    clientDocuments: {
      find: async (...asked) => (await seldom()).clientDocuments.find(...asked),
      keys: async (...asked) => (await seldom()).clientDocuments.keys(...asked),
    },
    directory: {
      record: async (...entry) => (await seldom()).directory.record(...entry),
      seen: async (...person) => (await seldom()).directory.seen(...person),
      agentOfKey: async (...asked) => (await seldom()).directory.agentOfKey(...asked),
      touch: async (...grant) => (await seldom()).directory.touch(...grant),
      ended: async (...grant) => (await seldom()).directory.ended(...grant),
    },
    apiTokens: {
      findByHash: async (...asked) => (await seldom()).apiTokens.findByHash(...asked),
      used: async (...token) => (await seldom()).apiTokens.used(...token),
    },
    publishedKeys: async () => (await seldom()).publishedKeys(),
  };
}

function connectorOf(seldom: () => Promise<Seldom>): Connector {
  return {
    authorizationUrl: async (...asked) => (await seldom()).connector.authorizationUrl(...asked),
    arrive: async (...answer) => (await seldom()).connector.arrive(...answer),
    renew: async (...grant) => (await seldom()).connector.renew(...grant),
    revoke: async (...tokens) => (await seldom()).connector.revoke(...tokens),
    appToken: async (...token) => (await seldom()).connector.appToken(...token),
    identityAssertion: async (...asked) => (await seldom()).connector.identityAssertion(...asked),
    discoverIssuer: async (...profile) => (await seldom()).connector.discoverIssuer(...profile),
  };
}

/** What a grant's object needs of the rest: its own storage comes from the platform. */
export function grantObjectParts({ sealer, context }: Parts): GrantObjectParts {
  return {
    now,
    randomSecret,
    seal: sealer.seal,
    open: sealer.open,
    renew: context.connector.renew,
    revokeDownstream: context.connector.revoke,
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
