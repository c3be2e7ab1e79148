// Where the demo provider keeps sessions, grants, tokens and clients: one SQLite file, so that a restart loses nothing.
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import type { Adapter, AdapterPayload } from "oidc-provider";

const schema = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS records (
    model TEXT NOT NULL,
    id TEXT NOT NULL,
    grant_id TEXT,
    uid TEXT,
    expires_at INTEGER,
    payload TEXT NOT NULL,
    PRIMARY KEY (model, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS records_by_grant ON records (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS records_by_uid ON records (model, uid) WHERE uid IS NOT NULL;
  DELETE FROM records WHERE expires_at < unixepoch();
`;

export type ProviderStore = ReturnType<typeof openProviderStore>;

/** Opens the file and drops what has expired. `adapter` is what oidc-provider asks for, one per model. */
export function openProviderStore(path: string) {
  const database = new DatabaseSync(path);
  database.exec(schema);
  const write = database.prepare(
    "INSERT OR REPLACE INTO records (model, id, grant_id, uid, expires_at, payload) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const byId = database.prepare("SELECT payload, expires_at FROM records WHERE model = ? AND id = ?");
  const byUid = database.prepare("SELECT payload, expires_at FROM records WHERE model = ? AND uid = ?");
  const consume = database.prepare(
    "UPDATE records SET payload = json_set(payload, '$.consumed', unixepoch()) WHERE model = ? AND id = ?",
  );
  const destroy = database.prepare("DELETE FROM records WHERE model = ? AND id = ?");
  const revoke = database.prepare("DELETE FROM records WHERE grant_id = ?");

  const adapter = (model: string): Adapter => ({
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn === undefined ? null : Math.floor(Date.now() / 1000) + expiresIn;
      write.run(model, id, payload.grantId ?? null, payload.uid ?? null, expiresAt, JSON.stringify(payload));
    },
    find: async (id) => payloadOf(byId.get(model, id)),
    findByUid: async (uid) => payloadOf(byUid.get(model, uid)),
    // The device flow is off, so no record ever has a user code.
    findByUserCode: async () => undefined,
    async consume(id) {
      consume.run(model, id);
    },
    async destroy(id) {
      destroy.run(model, id);
    },
    async revokeByGrantId(grantId) {
      revoke.run(grantId);
    },
  });
  return { adapter, close: () => database.close() };
}

function payloadOf(row: Record<string, SQLOutputValue> | undefined): AdapterPayload | undefined {
  if (row === undefined || typeof row.payload !== "string") return undefined;
  if (typeof row.expires_at === "number" && row.expires_at < Date.now() / 1000) return undefined;
  return JSON.parse(row.payload);
}
