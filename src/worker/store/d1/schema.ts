// The D1 tables as drizzle sees them. Indexes, keys and checks live in migrations/; a test holds the columns together.
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { DashboardMember } from "../../../contract/management/organizations.ts";
import type { ClientPolicy, EnterpriseIssuer } from "../../oauth/profile.ts";

const strings = (column: string) => text(column, { mode: "json" }).$type<string[]>().notNull();
const id = () => text("id").primaryKey();
const organizationId = () => text("organization_id").notNull();
const createdAt = () => integer("created_at").notNull();
const updatedAt = () => integer("updated_at").notNull();

export const organizations = sqliteTable("organizations", {
  id: id(),
  name: text("name").notNull(),
  createdAt: createdAt(),
  dashboardMembers: text("dashboard_members", { mode: "json" }).$type<DashboardMember[]>().notNull(),
});

export const apiTokens = sqliteTable("api_tokens", {
  id: id(),
  organizationId: organizationId(),
  name: text("name").notNull(),
  role: text("role", { enum: ["admin", "viewer", "caller"] }).notNull(),
  tokenHash: text("token_hash").notNull(),
  createdAt: createdAt(),
  lastUsedAt: integer("last_used_at"),
  revokedAt: integer("revoked_at"),
});

export const gateways = sqliteTable("gateways", {
  id: id(),
  organizationId: organizationId(),
  name: text("name").notNull(),
  handle: text("handle").notNull(),
  providerType: text("provider_type").notNull(),
  authorizationServerUrl: text("authorization_server_url"),
  metadataUrl: text("metadata_url"),
  authorizationEndpoint: text("authorization_endpoint"),
  tokenEndpoint: text("token_endpoint"),
  jwksUri: text("jwks_uri"),
  issuer: text("issuer"),
  pinnedIssuer: text("pinned_issuer"),
  registrationEndpoint: text("registration_endpoint"),
  clientId: text("client_id"),
  clientSecretsSealed: strings("client_secrets_sealed"),
  tokenEndpointAuthMethod: text("token_endpoint_auth_method", {
    enum: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
  }),
  resource: text("resource"),
  resourceParameter: text("resource_parameter", { enum: ["resource", "audience", "none"] }),
  scopes: strings("scopes"),
  subjectClaim: text("subject_claim"),
  workspaceClaim: text("workspace_claim"),
  emailClaim: text("email_claim"),
  accessTokenTtl: integer("access_token_ttl").notNull(),
  grantIdleTtl: integer("grant_idle_ttl").notNull(),
  grantMaxTtl: integer("grant_max_ttl").notNull(),
  clientPolicy: text("client_policy", { mode: "json" }).$type<ClientPolicy>().notNull(),
  allowedTenants: strings("allowed_tenants"),
  acceptedClientIds: strings("accepted_client_ids"),
  tokenIssuers: text("token_issuers", { mode: "json" }).$type<{ issuer: string; jwksUri: string }[]>().notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
  enterpriseIssuers: text("enterprise_issuers", { mode: "json" }).$type<EnterpriseIssuer[]>().notNull(),
});

export const servers = sqliteTable("servers", {
  id: id(),
  organizationId: organizationId(),
  slug: text("slug").notNull(),
  name: text("name").notNull(),
  runtimeUrl: text("runtime_url").notNull(),
  scopes: strings("scopes"),
  tools: text("tools", { mode: "json" }).$type<{ name: string; scopes: string[] }[]>().notNull(),
  allowedOrigins: strings("allowed_origins"),
  authentication: text("authentication", { enum: ["gateway", "static_headers"] }).notNull(),
  staticHeadersSealed: text("static_headers_sealed"),
  gatewayId: text("gateway_id"),
  epoch: integer("epoch").notNull(),
  revision: integer("revision").notNull(),
  publishedRevision: integer("published_revision").notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
  broaderScopes: text("broader_scopes", { mode: "json" }).$type<{ name: string; scopes: string[] }[]>().notNull(),
});

export const retiredSlugs = sqliteTable("retired_slugs", {
  slug: text("slug").primaryKey(),
  organizationId: organizationId(),
  epoch: integer("epoch").notNull(),
  revision: integer("revision").notNull(),
  cleared: integer("cleared", { mode: "boolean" }).notNull(),
});

export const agents = sqliteTable("agents", {
  id: id(),
  organizationId: organizationId(),
  name: text("name").notNull(),
  handle: text("handle").notNull(),
  allowedOrigins: strings("allowed_origins"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const agentKeys = sqliteTable("agent_keys", {
  id: id(),
  agentId: text("agent_id").notNull(),
  publishableKey: text("publishable_key").notNull(),
  keyHash: text("key_hash").notNull(),
  createdAt: createdAt(),
  expiresAt: integer("expires_at"),
});

export const agentServers = sqliteTable(
  "agent_servers",
  {
    agentId: text("agent_id").notNull(),
    serverId: text("server_id").notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.agentId, table.serverId] })],
);

export const clients = sqliteTable(
  "clients",
  {
    serverId: text("server_id").notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    redirectUris: strings("redirect_uris"),
    secretHash: text("secret_hash"),
    metadata: text("metadata", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
    lastUsedAt: integer("last_used_at").notNull(),
    granted: integer("granted", { mode: "boolean" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.serverId, table.id] })],
);

export const appUsers = sqliteTable("app_users", {
  id: id(),
  organizationId: organizationId(),
  issuer: text("issuer").notNull(),
  subject: text("subject").notNull(),
  workspace: text("workspace"),
  email: text("email"),
  channels: text("channels", { mode: "json" }).$type<("oauth" | "embedded" | "enterprise")[]>().notNull(),
  firstSeenAt: integer("first_seen_at").notNull(),
  lastSeenAt: integer("last_seen_at").notNull(),
});

export const grants = sqliteTable("grants", {
  id: id(),
  organizationId: organizationId(),
  gatewayId: text("gateway_id").notNull(),
  serverId: text("server_id").notNull(),
  clientId: text("client_id").notNull(),
  clientName: text("client_name").notNull(),
  userId: text("user_id").notNull(),
  channel: text("channel", { enum: ["oauth", "embedded"] }).notNull(),
  scopes: strings("scopes"),
  createdAt: createdAt(),
  lastUsedAt: integer("last_used_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
  revokeRequested: text("revoke_requested"),
});

export const endedGrants = sqliteTable("ended_grants", {
  grantId: text("grant_id").primaryKey(),
  serverId: text("server_id").notNull(),
  tokensExpireAt: integer("tokens_expire_at").notNull(),
});

export const endedParties = sqliteTable(
  "ended_parties",
  {
    serverId: text("server_id").notNull(),
    kind: text("kind", { enum: ["user", "client"] }).notNull(),
    party: text("party").notNull(),
    endedAt: integer("ended_at").notNull(),
    tokensExpireAt: integer("tokens_expire_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.serverId, table.kind, table.party] })],
);

export const signingKeys = sqliteTable("signing_keys", {
  kid: text("kid").primaryKey(),
  publicJwk: text("public_jwk").notNull(),
  privateJwkSealed: text("private_jwk_sealed").notNull(),
  createdAt: createdAt(),
  activeFrom: integer("active_from").notNull(),
  retiredAt: integer("retired_at"),
  removedAt: integer("removed_at"),
});

export const audit = sqliteTable("audit", {
  id: id(),
  organizationId: organizationId(),
  at: integer("at").notNull(),
  actor: text("actor").notNull(),
  action: text("action").notNull(),
  target: text("target").notNull(),
  fields: strings("fields"),
});
