// use-mcp in Chromium: its page is bundled and served on an origin of its own, its popup is followed as a person would.
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Person } from "../browser.ts";
import type { ToolResult } from "./sdk-clients.ts";
import { toolResult } from "./sdk-clients.ts";

export interface PageHost {
  origin: string;
  close(): void;
}

/** Serves the app at `/` and its callback at `/oauth/callback`. */
export async function serveUseMcp(): Promise<PageHost> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "use-mcp-page.tsx")],
    write: false,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // The sources' own configuration names another library for JSX.
    tsconfigRaw: { compilerOptions: { jsx: "react-jsx", jsxImportSource: "react" } },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  const script = outputFiles[0]?.text ?? "";
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : '<!doctype html><title>App</title><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { origin: `http://localhost:${port}`, close: () => server.close() };
}

/** One browser profile with any number of tabs of the app. */
export interface AppProfile {
  open(): Promise<AppTab>;
  /** How often a popup returned to the app. */
  asked(): number;
  close(): Promise<void>;
}

export interface AppTab {
  /** Resolves with the state that it stays in: `ready`, or what went wrong. */
  settled(): Promise<string>;
  call(name: string, args?: Record<string, unknown>): Promise<ToolResult>;
  kept(): Promise<{ clientId: string | null }>;
  /** The hook's own `clearStorage`, which apps offer as a button. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export async function openProfile(
  browser: Browser,
  app: { origin: string; mcpUrl: string; name: string; person: Person },
  options: BrowserContextOptions = {},
): Promise<AppProfile> {
  const context = await browser.newContext(options);
  const returned = follow(context, app.origin, app.person);
  const address = `${app.origin}/?${new URLSearchParams({ url: app.mcpUrl, name: app.name })}`;
  return {
    async open() {
      const page = await context.newPage();
      await page.goto(address);
      return tabOf(page, returned);
    },
    asked: () => returned.count,
    close: () => context.close(),
  };
}

/** Presses the one button that goes on, on every page that a popup shows, until the popup is back at the app. */
function follow(context: BrowserContext, origin: string, person: Person): { count: number } {
  const returned = { count: 0 };
  context.on("page", (page) => {
    page.on("framenavigated", (frame) => {
      if (frame === page.mainFrame() && frame.url().startsWith(`${origin}/oauth/callback`)) returned.count += 1;
    });
    page.on("domcontentloaded", () => void goOn(page, origin, person).catch(() => undefined));
  });
  return returned;
}

async function goOn(page: Page, origin: string, person: Person): Promise<void> {
  if (page.url().startsWith(origin) || page.url() === "about:blank") return;
  const username = page.locator('input[name="username"]');
  if ((await username.count()) > 0) {
    await username.fill(person.username);
    await page.fill('input[name="password"]', person.password);
  }
  await page.click('button[name="decision"][value="allow"]');
}

/** What the page hangs on its window. */
interface Hooked {
  mcp?: {
    state: string;
    error?: string;
    callTool(name: string, args: object): Promise<unknown>;
    clearStorage(): void;
  };
}

function tabOf(page: Page, returned: { count: number }): AppTab {
  const look = () =>
    page.evaluate(() => {
      const { mcp } = globalThis as Hooked;
      return { state: mcp?.state ?? "not there yet", error: mcp?.error };
    });
  const settled = async () => {
    // The hook says that it failed for a moment whenever it is about to ask the person.
    let failedFor = 0;
    for (let waited = 0; waited < 30_000 && failedFor < 2_000; waited += 100) {
      const { state } = await look();
      if (state === "ready") return state;
      failedFor = state === "failed" ? failedFor + 100 : 0;
      await page.waitForTimeout(100);
    }
    const { state, error } = await look();
    return `${state}: ${error}`;
  };
  const attempt = (name: string, args: Record<string, unknown>) =>
    page.evaluate(([tool, input]) => (globalThis as Hooked).mcp?.callTool(tool, input), [name, args] as const);
  return {
    settled,
    /** Where it has to ask the person, the hook gives the call up without a word; an app calls again once it is ready. */
    async call(name, args = {}) {
      const before = returned.count;
      const result = await attempt(name, args);
      if (result !== undefined) return toolResult(result);
      for (let waited = 0; returned.count === before; waited += 100) {
        if (waited > 20_000) throw new Error("the hook says that it asks the person, and no popup came back");
        await page.waitForTimeout(100);
      }
      const state = await settled();
      if (state !== "ready") throw new Error(state);
      return toolResult(await attempt(name, args));
    },
    async forget() {
      await settled();
      await page.evaluate(() => (globalThis as Hooked).mcp?.clearStorage());
    },
    close: () => page.close(),
    kept: () =>
      page.evaluate(() => {
        const { localStorage } = globalThis as unknown as { localStorage: Record<string, string> };
        const key = Object.keys(localStorage).find((name) => name.endsWith("_client_info"));
        return { clientId: key ? JSON.parse(localStorage[key] ?? "{}").client_id : null };
      }),
  };
}
