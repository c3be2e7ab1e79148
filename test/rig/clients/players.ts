// The real clients of the matrix behind one shape: each signs a person in by itself, calls tools, and starts again with
// what it kept. Whenever it sends a person to a browser, that person signs in and allows.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { type Person, ScriptedBrowser } from "../browser.ts";
import { freePorts, temporaryFolder } from "../stack.ts";
import { ClientLogin } from "./client-login.ts";
import { openedFrom, startMcpRemote } from "./mcp-remote.ts";
import { type FlavourName, openSdkClient, type ToolResult } from "./sdk-clients.ts";
import { openProfile } from "./use-mcp.ts";

export interface Place {
  mcpUrl: string;
  /** Of the gateway and the provider. */
  origins: string[];
  person: Person;
}

export interface Session {
  /** Goes through a sign-in when the client asks for one, then calls again if the client leaves that to the app. */
  call(name: string, args?: Record<string, unknown>): Promise<ToolResult>;
  /** How often a person was sent to a browser, over all starts. */
  asked(): number;
  /** The same app started once more, with what it kept. */
  again(): Promise<Session>;
  clientId(): Promise<string>;
  /** What a person can do about a client that is stuck: make the app forget the server. Then it is started again. */
  forget(): Promise<void>;
  /** Ends this start; what the app kept stays for the next one. */
  close(): Promise<void>;
}

export interface Player {
  client: string;
  version: string;
  /** How many of it share one grant, and how much each does at once. */
  crowd: { starts: number; calls: number };
  /** @param name what the person reads; also tells registrations of the same client apart */
  signIn(place: Place, name: string, metadataUrl?: string): Promise<Session>;
}

const sdk = (client: string, version: string, flavour: FlavourName): Player => ({
  client,
  version,
  crowd: { starts: 5, calls: 2 },
  async signIn(place, name, metadataUrl) {
    const login = new ClientLogin(name, undefined, metadataUrl);
    return sdkSession(flavour, place, login, { asked: 0 });
  },
});

export const sdk1121 = sdk("TypeScript SDK", "1.12.1", "@modelcontextprotocol/sdk 1.12.1");
export const sdk1322 = sdk("TypeScript SDK", "1.32.2", "@modelcontextprotocol/sdk 1.32.2");
export const sdk240 = sdk("TypeScript SDK", "2.4.0", "@modelcontextprotocol/client 2.4.0");
export const sdk2026 = sdk(
  "TypeScript SDK, protocol 2026-07-28",
  "2.4.0",
  "@modelcontextprotocol/client 2.4.0, protocol 2026-07-28",
);

async function sdkSession(
  flavour: FlavourName,
  place: Place,
  login: ClientLogin,
  count: { asked: number },
): Promise<Session> {
  const browser = new ScriptedBrowser(place.origins, place.person);
  const visit = async (asked: URL) => {
    count.asked += 1;
    login.asked = null;
    return (await browser.authorize(asked)).redirect;
  };
  const client = await openSdkClient(flavour, place.mcpUrl, login, visit);
  return {
    async call(name, args) {
      try {
        return await client.call(name, args);
      } catch (error) {
        // The SDK hands the URL over and gives the call up; the app finishes and calls again.
        if (login.asked === null) throw error;
        await client.finish(await visit(login.asked));
        return client.call(name, args);
      }
    },
    asked: () => count.asked,
    again: () => sdkSession(flavour, place, login.copy(), count),
    clientId: async () => login.registration?.client_id ?? "",
    forget: async () => login.invalidateCredentials("all"),
    close: () => client.close(),
  };
}

export const mcpRemote: Player = {
  client: "mcp-remote",
  version: "0.15.1",
  // Two at once in one process write the same temporary file while every token counts as expired.
  crowd: { starts: 5, calls: 1 },
  async signIn(place, name, metadataUrl) {
    const folder = temporaryFolder("mcp-remote");
    // Left to itself it listens on a port that follows from the URL, and waits while another one has it.
    const { gateway: port } = await freePorts();
    const document = metadataUrl ? ["--client-metadata-url", metadataUrl] : [];
    const metadata = ["--static-oauth-client-metadata", JSON.stringify({ client_name: name })];
    const flags = [String(port), "--allow-http", ...metadata, ...document];
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    return remoteSession(place, folder, flags);
  },
};

async function remoteSession(place: Place, folder: string, flags: string[]): Promise<Session> {
  const remote = await startMcpRemote(place.mcpUrl, place.origins, place.person, { folder, flags });
  return {
    call: remote.call,
    asked: () => openedFrom(folder).length,
    again: () => remoteSession(place, folder, flags),
    clientId: async () => new URL(openedFrom(folder).at(-1) ?? "").searchParams.get("client_id") ?? "",
    forget: async () => rmSync(join(folder, "config"), { recursive: true, force: true }),
    close: remote.stop,
  };
}

/** @param origin of the page that uses it, which the server must allow */
export function useMcp(browser: () => Browser, origin: () => string): Player {
  return {
    client: "use-mcp",
    version: "0.0.21",
    // Each tab holds a stream open, and a browser gives one host six connections.
    crowd: { starts: 1, calls: 5 },
    async signIn({ mcpUrl, person }, name) {
      const profile = await openProfile(browser(), { origin: origin(), mcpUrl, name, person });
      const open = async (): Promise<Session> => {
        const tab = await profile.open();
        const state = await tab.settled();
        if (state !== "ready") throw new Error(state);
        return {
          call: tab.call,
          asked: profile.asked,
          again: open,
          clientId: async () => (await tab.kept()).clientId ?? "",
          async forget() {
            const stuck = await profile.open();
            await stuck.forget();
            await stuck.close();
          },
          close: tab.close,
        };
      };
      return open();
    },
  };
}
