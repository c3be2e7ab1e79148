// Metadata documents of well-known clients, for when their own host does not let a gateway read them. Exact URLs only.

/** As published; members that the gateway does not read are left out. */
export interface PinnedClientDocument {
  client_id: string;
  client_name: string;
  redirect_uris: readonly string[];
  token_endpoint_auth_method: "none" | "private_key_jwt";
  token_endpoint_auth_methods_supported?: readonly ("none" | "private_key_jwt")[];
  jwks_uri?: string;
}

const loopbackCallbacks = ["http://127.0.0.1/callback", "http://localhost/callback"];

/**
 * One host serves hosted clients and clients on everybody's computer, so a host as such is never trusted. Where the
 * published redirect URIs are not known, they are those that the client sends.
 */
export const pinnedClientDocuments: readonly PinnedClientDocument[] = [
  {
    client_id: "https://claude.ai/oauth/mcp-oauth-client-metadata",
    client_name: "Claude",
    redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
    token_endpoint_auth_method: "none",
  },
  {
    client_id: "https://claude.ai/oauth/claude-code-client-metadata",
    client_name: "Claude Code",
    redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"],
    token_endpoint_auth_method: "none",
  },
  {
    client_id: "https://chatgpt.com/oauth/client.json",
    client_name: "ChatGPT",
    redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
    jwks_uri: "https://chatgpt.com/oauth/jwks.json",
  },
  {
    client_id: "https://chatgpt.com/oauth/codex/client.json",
    client_name: "Codex",
    redirect_uris: loopbackCallbacks,
    token_endpoint_auth_method: "none",
  },
  {
    client_id: "https://vscode.dev/oauth/client-metadata.json",
    client_name: "Visual Studio Code",
    redirect_uris: ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
    token_endpoint_auth_method: "none",
  },
  {
    client_id: "https://zed.dev/oauth/client-metadata.json",
    client_name: "Zed",
    redirect_uris: ["http://127.0.0.1/callback"],
    token_endpoint_auth_method: "none",
  },
  {
    client_id: "https://opencode.ai/oauth/opencode/client.json",
    client_name: "opencode",
    redirect_uris: loopbackCallbacks,
    token_endpoint_auth_method: "none",
  },
  {
    client_id: "https://goose-docs.ai/oauth/client-metadata.json",
    client_name: "goose",
    redirect_uris: ["http://127.0.0.1/oauth_callback"],
    token_endpoint_auth_method: "none",
  },
];
