-- Each index costs a row written for every sign-in. The index of a person serves both those who ask within a profile and
-- those who ask within an organization; without a rowid the primary key is the table itself.
CREATE TABLE grants_next (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL,
  gateway_id TEXT NOT NULL,
  server_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('oauth', 'embedded')),
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoke_requested TEXT
) WITHOUT ROWID;
INSERT INTO grants_next
SELECT id, organization_id, gateway_id, server_id, client_id, client_name, user_id, channel, scopes, created_at,
  last_used_at, expires_at, revoke_requested
FROM grants;
DROP TABLE grants;
ALTER TABLE grants_next RENAME TO grants;
CREATE INDEX grants_by_gateway ON grants (gateway_id, created_at);
CREATE INDEX grants_by_gateway_and_client ON grants (gateway_id, client_id, created_at);
CREATE INDEX grants_by_user ON grants (user_id, created_at);
CREATE INDEX grants_by_server_and_client ON grants (server_id, client_id);
CREATE INDEX grants_revoking ON grants (id) WHERE revoke_requested IS NOT NULL;
CREATE INDEX grants_by_expiry ON grants (expires_at);
