-- Users and clients whose tokens without a grant ended: those issued until `ended_at` are refused, as long as one may live.
CREATE TABLE ended_parties (
  server_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'client')),
  party TEXT NOT NULL,
  ended_at INTEGER NOT NULL,
  tokens_expire_at INTEGER NOT NULL,
  PRIMARY KEY (server_id, kind, party)
);
CREATE INDEX ended_parties_by_expiry ON ended_parties (tokens_expire_at);
