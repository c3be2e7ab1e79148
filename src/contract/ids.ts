// Identifiers that cross a door: prefixes, shapes and the one rule for slugs.

/** A server's slug is part of its issuer and MCP URL, so it is unique in the deployment and never changes. */
export const slugShape = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isSlug(text: string): boolean {
  return slugShape.test(text);
}

/** Ids are opaque, case-sensitive and never parsed for meaning. */
export function isGrantId(text: string): boolean {
  return /^grt_[A-Za-z0-9_-]{8,64}$/.test(text);
}

export const idPrefix = {
  organization: "org",
  gateway: "gw",
  server: "srv",
  agent: "ag",
  key: "key",
  user: "usr",
  grant: "grt",
  token: "tok",
  audit: "aud",
} as const;

/** What an API token, a publishable key and a refresh token start with, so that secret scanners can find them. */
export const secretPrefix = {
  apiToken: "mcpstack_sk_",
  publishableKey: "mcpstack_pk_",
  refreshToken: "mcpstack_rt_",
  authorizationCode: "mcpstack_ac_",
  clientSecret: "mcpstack_cs_",
} as const;

/**
 * What a gateway or agent may also be called within its organization: the prefix and its name, such as `gw_support` for
 * "Support Gateway" or `support-gateway`.
 */
export function handleOf(prefix: string, name: string): string {
  const words = name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const last = words.at(-1);
  if (words.length > 1 && (last === "gateway" || last === "agent")) words.pop();
  return `${prefix}_${words.join("_")}`;
}

/** The grant that a ticket, state, code or refresh token belongs to: they all start with its object's id. */
export function grantIdOf(handle: string): string {
  const [id = ""] = handle.replace(/^mcpstack_[a-z]+_/, "").split(".");
  return `${idPrefix.grant}_${id}`;
}
