-- Scopes that include narrower ones at this server's provider: [{ name, scopes }].
ALTER TABLE servers ADD COLUMN broader_scopes TEXT NOT NULL DEFAULT '[]';
