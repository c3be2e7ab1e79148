// Three official clients of different ages behind one shape: connect with a person at a browser, then call tools.
import * as newest from "@modelcontextprotocol/client";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Client as Client112 } from "sdk-1.12.1/client/index.js";
import { StreamableHTTPClientTransport as Transport112 } from "sdk-1.12.1/client/streamableHttp.js";
import type { ScriptedBrowser } from "../browser.ts";
import { ClientLogin } from "./client-login.ts";

export interface ToolResult {
  text: string;
  isError: boolean;
}

export interface ConnectedClient {
  login: ClientLogin;
  tools(): Promise<string[]>;
  call(name: string, args?: Record<string, unknown>): Promise<ToolResult>;
  /** Hands over the URL that a later authorization ended at, when a call asked for one. */
  finish(answer: URL): Promise<void>;
  close(): Promise<void>;
}

/** What the three have in common; their own types differ in ways that do not matter here. */
interface AnyClient {
  connect(transport: unknown): Promise<void>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

interface AnyTransport {
  finishAuth(answer: string | URLSearchParams): Promise<void>;
}

interface Flavour {
  client(): AnyClient;
  transport(url: URL, login: ClientLogin): AnyTransport;
  /** What the client's callback hands to the SDK: all parameters since 2.x, the code alone before. */
  answer(parameters: URLSearchParams): string | URLSearchParams;
}

const identity = { name: "stack-test", version: "1.0.0" };
const codeOf = (parameters: URLSearchParams) => parameters.get("code") ?? "";

export const flavours = {
  "@modelcontextprotocol/client 2.4.0": {
    client: () => new newest.Client(identity) as unknown as AnyClient,
    transport: (url, login) =>
      new newest.StreamableHTTPClientTransport(url, { authProvider: login as never }) as unknown as AnyTransport,
    answer: (parameters) => parameters,
  },
  "@modelcontextprotocol/client 2.4.0, protocol 2026-07-28": {
    client: () => new newest.Client(identity, { versionNegotiation: { mode: "auto" } }) as unknown as AnyClient,
    transport: (url, login) =>
      new newest.StreamableHTTPClientTransport(url, { authProvider: login as never }) as unknown as AnyTransport,
    answer: (parameters) => parameters,
  },
  "@modelcontextprotocol/sdk 1.32.2": {
    client: () => new Client1(identity) as unknown as AnyClient,
    transport: (url, login) => new Transport1(url, { authProvider: login as never }) as unknown as AnyTransport,
    answer: codeOf,
  },
  "@modelcontextprotocol/sdk 1.12.1": {
    client: () => new Client112(identity) as unknown as AnyClient,
    transport: (url, login) => new Transport112(url, { authProvider: login as never }) as unknown as AnyTransport,
    answer: codeOf,
  },
} satisfies Record<string, Flavour>;

export type FlavourName = keyof typeof flavours;

/** Connects; when the server asks for a sign-in, the browser's person goes through it and the client tries again. */
export async function connect(
  flavourName: FlavourName,
  mcpUrl: string,
  browser: ScriptedBrowser,
  login = new ClientLogin(flavourName),
): Promise<ConnectedClient> {
  return openSdkClient(flavourName, mcpUrl, login, async (asked) => (await browser.authorize(asked)).redirect);
}

/** The same with any browser: `visit` takes the authorization URL and resolves with the URL the client was sent back to. */
export async function openSdkClient(
  flavourName: FlavourName,
  mcpUrl: string,
  login: ClientLogin,
  visit: (asked: URL) => Promise<URL>,
): Promise<ConnectedClient> {
  const flavour: Flavour = flavours[flavourName];
  const url = new URL(mcpUrl);
  const first = { client: flavour.client(), transport: flavour.transport(url, login) };
  const refused = await first.client.connect(first.transport).then(
    () => null,
    (error: unknown) => error,
  );
  if (refused === null) return connected(first, flavour, login);
  if (login.asked === null) throw refused;
  const answer = await visit(login.asked);
  if (!answer.href.startsWith(`${login.redirectUrl}?`)) throw new Error(`the answer went to ${answer.href}`);
  if (answer.searchParams.get("error")) throw new Error(`the answer was ${answer.search}`);
  await first.transport.finishAuth(flavour.answer(answer.searchParams));
  const second = { client: flavour.client(), transport: flavour.transport(url, login) };
  await second.client.connect(second.transport);
  return connected(second, flavour, login);
}

interface Connection {
  client: AnyClient;
  transport: AnyTransport;
}

function connected({ client, transport }: Connection, flavour: Flavour, login: ClientLogin): ConnectedClient {
  return {
    login,
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args = {}) => toolResult(await client.callTool({ name, arguments: args })),
    finish: (answer) => transport.finishAuth(flavour.answer(answer.searchParams)),
    close: () => client.close(),
  };
}

export function toolResult(result: unknown): ToolResult {
  const { content, isError } = result as { content: { type: string; text?: string }[]; isError?: boolean };
  return { text: content.map((part) => part.text ?? "").join("\n"), isError: isError ?? false };
}
