// Registrations as real clients send them, each from an address of its own, and what a server keeps of them.
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { fetchUrl, type Shop } from "./journey.ts";

let senders = 0;

/** Each request from an address of its own, so that only the test of the limit meets the limit. */
export function registration(body: unknown, headers: Record<string, string> = {}): RequestInit {
  const sender = ++senders;
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "cf-connecting-ip": `10.1.${sender >> 8}.${sender & 255}`,
      ...headers,
    },
    body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
  };
}

export const register = (body: unknown, at: Shop, headers: Record<string, string> = {}) =>
  fetchUrl(`${at.endpoints}/register`, registration(body, headers));

export async function registered(body: unknown, at: Shop): Promise<Record<string, unknown>> {
  const response = await register(body, at);
  expect(response.status).toBe(201);
  return response.json();
}

export async function rows(at: Shop): Promise<number> {
  const statement = env.DB.prepare("SELECT count(*) AS total FROM clients WHERE server_id = ?").bind(at.serverId);
  return (await statement.first<{ total: number }>())?.total ?? -1;
}

/** One byte per character, which is not UTF-8 as soon as one is above 127. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function holdsNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === "object" && Object.values(value).some(holdsNull);
}

export const flow = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
export const open = { token_endpoint_auth_method: "none" };

/** As these clients send them. */
export const bodies = {
  "VS Code": {
    client_name: "Visual Studio Code",
    client_uri: "https://code.visualstudio.com",
    redirect_uris: [
      "https://insiders.vscode.dev/redirect",
      "https://vscode.dev/redirect",
      "http://127.0.0.1/",
      "http://127.0.0.1:33418/",
    ],
    grant_types: [...flow.grant_types, "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code"],
    application_type: "native",
    ...open,
  },
  Cursor: {
    client_name: "Cursor",
    redirect_uris: [
      "http://localhost:8787/callback",
      "https://www.cursor.com/agents/mcp/oauth/callback",
      "cursor://anysphere.cursor-mcp/oauth/callback",
    ],
    ...flow,
    ...open,
  },
  "Claude Code": {
    client_name: "Claude Code (support)",
    redirect_uris: ["http://localhost:52123/callback"],
    ...flow,
    ...open,
  },
  "claude.ai": {
    client_name: "Claude",
    redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
    grant_types: [...flow.grant_types, "urn:ietf:params:oauth:grant-type:jwt-bearer"],
    response_types: ["code"],
    scope: "tickets.read",
    ...open,
  },
  "Gemini CLI": {
    client_name: "Gemini CLI MCP Client",
    redirect_uris: ["http://localhost:41999/oauth/callback"],
    scope: "",
    ...flow,
    ...open,
  },
  "mcp-remote": {
    client_name: "MCP CLI Proxy",
    client_uri: "https://github.com/modelcontextprotocol/mcp-cli",
    redirect_uris: ["http://localhost:3335/oauth/callback"],
    software_id: "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
    software_version: "0.15.1",
    ...flow,
    ...open,
  },
  Codex: { client_name: "Codex", redirect_uris: ["http://127.0.0.1:50321/callback"], ...flow, ...open },
  "use-mcp": {
    client_name: "use-mcp",
    client_uri: "http://localhost:5173",
    redirect_uris: ["http://localhost:5173/oauth/callback"],
    ...flow,
    ...open,
  },
  "a client that sends nulls": {
    client_name: null,
    logo_uri: null,
    contacts: null,
    redirect_uris: ["http://[::1]/cb"],
    ...open,
  },
} as const;
