-- Times are epoch seconds. Columns named *_sealed hold AES-GCM ciphertext, *_hash hold SHA-256; nothing else is secret.
-- JSON columns hold lists or one object, checked by the schemas at the door.

CREATE TABLE organizations (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'viewer', 'caller')),
  token_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
);
CREATE UNIQUE INDEX api_tokens_by_hash ON api_tokens (token_hash);
CREATE INDEX api_tokens_by_organization ON api_tokens (organization_id, created_at);

CREATE TABLE gateways (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  handle TEXT NOT NULL,
  provider_type TEXT NOT NULL,
  authorization_server_url TEXT,
  metadata_url TEXT,
  authorization_endpoint TEXT,
  token_endpoint TEXT,
  jwks_uri TEXT,
  issuer TEXT,
  pinned_issuer TEXT,
  registration_endpoint TEXT,
  client_id TEXT,
  client_secrets_sealed TEXT NOT NULL,
  token_endpoint_auth_method TEXT,
  resource TEXT,
  resource_parameter TEXT,
  scopes TEXT NOT NULL,
  subject_claim TEXT,
  workspace_claim TEXT,
  email_claim TEXT,
  access_token_ttl INTEGER NOT NULL,
  grant_idle_ttl INTEGER NOT NULL,
  grant_max_ttl INTEGER NOT NULL,
  client_policy TEXT NOT NULL,
  allowed_tenants TEXT NOT NULL,
  accepted_client_ids TEXT NOT NULL,
  token_issuers TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX gateways_by_organization ON gateways (organization_id, created_at);
CREATE INDEX gateways_by_name ON gateways (organization_id, name);
CREATE INDEX gateways_by_handle ON gateways (organization_id, handle);

-- A row whose published_revision differs from its revision has a snapshot to be published.
CREATE TABLE servers (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  runtime_url TEXT NOT NULL,
  scopes TEXT NOT NULL,
  tools TEXT NOT NULL,
  allowed_origins TEXT NOT NULL,
  authentication TEXT NOT NULL CHECK (authentication IN ('gateway', 'static_headers')),
  static_headers_sealed TEXT,
  gateway_id TEXT REFERENCES gateways (id),
  epoch INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  published_revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (authentication = 'gateway' OR gateway_id IS NULL)
);
CREATE UNIQUE INDEX servers_by_slug ON servers (slug);
CREATE INDEX servers_by_organization ON servers (organization_id, created_at);
CREATE INDEX servers_by_gateway ON servers (gateway_id);
CREATE INDEX servers_unpublished ON servers (slug) WHERE revision <> published_revision;

-- Slugs of deleted servers stay with their organization, because clients keep calling the URL; epoch and revision go on
-- where they stopped, so that no token or copy of the deleted server fits a new one. `cleared`: the copy is gone.
CREATE TABLE retired_slugs (
  slug TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  cleared INTEGER NOT NULL
);
CREATE INDEX retired_slugs_uncleared ON retired_slugs (slug) WHERE cleared = 0;

CREATE TABLE agents (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  handle TEXT NOT NULL,
  allowed_origins TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX agents_by_organization ON agents (organization_id, created_at);
CREATE INDEX agents_by_name ON agents (organization_id, name);
CREATE INDEX agents_by_handle ON agents (organization_id, handle);

-- A publishable key is no secret and is shown again; the hash is what a presented key is compared with. Each agent has
-- one key without an end; the others, which were rotated, work until expires_at.
CREATE TABLE agent_keys (
  id TEXT PRIMARY KEY NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  publishable_key TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
);
CREATE UNIQUE INDEX agent_keys_by_hash ON agent_keys (key_hash);
CREATE INDEX agent_keys_by_agent ON agent_keys (agent_id, created_at);
CREATE INDEX agent_keys_by_expiry ON agent_keys (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE agent_servers (
  agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (agent_id, server_id)
);
CREATE INDEX agent_servers_by_server ON agent_servers (server_id);

-- A public client's id is made of its metadata alone, so two servers may know a client by the same id.
CREATE TABLE clients (
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  redirect_uris TEXT NOT NULL,
  secret_hash TEXT,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  PRIMARY KEY (server_id, id)
);
CREATE INDEX clients_by_last_use ON clients (last_used_at);

CREATE TABLE app_users (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  workspace TEXT,
  email TEXT,
  channels TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
);
CREATE INDEX app_users_by_organization ON app_users (organization_id, last_seen_at);

-- An index of what the grants' own objects hold. No foreign keys: a row outlives its server, gateway and organization
-- until its object has been told that the grant is over. revoke_requested holds the reason code.
CREATE TABLE grants (
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
);
CREATE INDEX grants_by_gateway ON grants (gateway_id, created_at);
CREATE INDEX grants_by_gateway_and_user ON grants (gateway_id, user_id, created_at);
CREATE INDEX grants_by_gateway_and_client ON grants (gateway_id, client_id, created_at);
CREATE INDEX grants_by_server_and_client ON grants (server_id, client_id);
CREATE INDEX grants_by_organization ON grants (organization_id);
CREATE INDEX grants_revoking ON grants (id) WHERE revoke_requested IS NOT NULL;
CREATE INDEX grants_by_expiry ON grants (expires_at);

-- Grants that ended while an access token of theirs may be alive: published in the server's snapshot.
CREATE TABLE ended_grants (
  grant_id TEXT PRIMARY KEY NOT NULL,
  server_id TEXT NOT NULL,
  tokens_expire_at INTEGER NOT NULL
);
CREATE INDEX ended_grants_by_server ON ended_grants (server_id, tokens_expire_at);
CREATE INDEX ended_grants_by_expiry ON ended_grants (tokens_expire_at);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY NOT NULL,
  public_jwk TEXT NOT NULL,
  private_jwk_sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  active_from INTEGER NOT NULL,
  retired_at INTEGER,
  removed_at INTEGER
);

CREATE TABLE audit (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  fields TEXT NOT NULL
);
CREATE INDEX audit_by_organization ON audit (organization_id, at);
