// What an app configures its agent with, checked once and in words that name the field and the fix.

/** What the app says about its user; the gateway refuses the exchange where the token says otherwise. */
export interface AppUserIdentity {
  readonly subject?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly organizationId?: string | null | undefined;
}

export interface AppAgentOptions {
  /** The gateway's origin, `https://gateway.example.com`; `http` for a loopback host only. */
  readonly gatewayUrl: string;
  /** The agent's publishable key, `mcpstack_pk_…`. */
  readonly apiKey: string;
  readonly agentId: string;
  /** The app's session, for the gateway's logs; another one drops every token. */
  readonly appSessionKey?: string | null | undefined;
  /** Another subject or organization drops every token. */
  readonly userIdentity?: AppUserIdentity | null | undefined;
  readonly auth: {
    readonly mode: "app-token";
    /** The app's own access token for the signed-in user, fresh enough to use; asked for at each exchange. */
    readonly getToken: () => string | Promise<string>;
  };
  /** Slugs, or full base URLs (`https://tickets.mcp.example.com`), of the servers that `connect` signs in to. */
  readonly servers?: readonly string[] | undefined;
  /** In place of the platform's own. */
  readonly fetch?: typeof fetch | undefined;
}

const slug = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|.+\.localhost)$/;

/** The same options, or a TypeError that names the field and what to write there. */
export function checkedOptions(options: AppAgentOptions): AppAgentOptions {
  const { gatewayUrl, apiKey, agentId, auth, servers = [] } = options;
  addressOf("gatewayUrl", gatewayUrl);
  if (!apiKey) throw new TypeError("apiKey: pass the agent's publishable key, mcpstack_pk_…");
  // A management token in a page is everybody's; it must not even leave this function in a message.
  if (apiKey.startsWith("mcpstack_sk_"))
    throw new TypeError("apiKey: this is a management token; pass the publishable key, mcpstack_pk_…, and revoke it");
  if (!agentId) throw new TypeError("agentId: pass the agent's id, ag_…");
  if (auth?.mode !== "app-token" || typeof auth.getToken !== "function")
    throw new TypeError('auth: pass { mode: "app-token", getToken: () => the app\'s access token }');
  for (const server of servers) serverBase(gatewayUrl, server);
  return options;
}

/** The server's base URL without a trailing slash, from its slug or its full base URL. */
export function serverBase(gatewayUrl: string, server: string): string {
  if (slug.test(server)) return `${addressOf("gatewayUrl", gatewayUrl)}/s/${server}`;
  return addressOf("servers", server);
}

/** What tokens belong to: where any of it changes, none of them may be used again. */
export function identityOf(options: AppAgentOptions): string {
  const { gatewayUrl, apiKey, agentId, appSessionKey, userIdentity } = options;
  const { subject, organizationId } = userIdentity ?? {};
  return JSON.stringify([gatewayUrl, apiKey, agentId, appSessionKey ?? 0, subject ?? 0, organizationId ?? 0]);
}

function addressOf(field: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && loopback.test(url.hostname));
  if (!url || !safe || url.username || url.search || url.hash) {
    const form = field === "servers" ? "a slug or a base URL" : "a URL";
    throw new TypeError(`${field}: pass ${form} (https, or http on a loopback host; no query), not "${value}"`);
  }
  return url.href.replace(/\/+$/, "");
}
