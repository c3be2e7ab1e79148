-- Whether a grant ever came from this registration. How many of a server's have none is bounded.
ALTER TABLE clients ADD COLUMN granted INTEGER NOT NULL DEFAULT 0;
UPDATE clients SET granted = 1
WHERE last_used_at > created_at
  OR EXISTS (SELECT 1 FROM grants WHERE grants.server_id = clients.server_id AND grants.client_id = clients.id);
CREATE INDEX clients_unfinished ON clients (server_id, created_at) WHERE granted = 0;
