// A person at the demo's host app in a real browser: signs in, calls tools, chooses what the app hands to its agent.
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { type StackAddresses, temporaryFolder } from "./stack.ts";

const pictures = process.env.MCPSTACK_PICTURES ?? temporaryFolder("pictures");
const patience = 15_000;

/** One exchange that a page asked for. */
export interface SeenExchange {
  origin: string;
  /** Who the app's token names. */
  subject: string;
  token: string;
}

export class HostApp {
  readonly page: Page;
  readonly exchanges: SeenExchange[] = [];
  /** What the browser's console complained of. */
  readonly complaints: string[] = [];
  readonly #origin: string;

  constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
    page.setDefaultTimeout(patience);
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && this.complaints.push(message.text()));
    page.on("request", (request) => {
      if (request.method() !== "POST" || !request.url().endsWith("/embedded/exchange")) return;
      const { token } = JSON.parse(request.postData() ?? "") as { token: string };
      this.exchanges.push({ origin: new URL(page.url()).origin, subject: subjectOf(token), token });
    });
  }

  async open(): Promise<void> {
    await this.page.goto(this.#origin);
  }

  /** From the app's signed-out page through the provider's, back to the app. */
  async signIn(username: string): Promise<void> {
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.fill('input[name="username"]', username);
    await this.page.fill('input[name="password"]', "password");
    await this.page.click('button[name="decision"][value="allow"]');
    await this.page.getByRole("heading", { name: "Agent" }).waitFor();
  }

  /** Also at the provider, which asks. */
  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.page.waitForURL(/\/session\/end/);
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.page.getByRole("button", { name: "Sign in" }).waitFor();
  }

  async status(wanted: "ready" | "refused" | "at rest"): Promise<void> {
    await this.page.getByRole("status").filter({ hasText: wanted }).waitFor();
  }

  /** Names of the tools that the page offers to call. */
  async tools(): Promise<string[]> {
    await this.page.locator(".tools li").first().waitFor();
    return this.page.locator(".tools .name").allInnerTexts();
  }

  /** What the page shows as the tool's answer. */
  async call(name: string): Promise<string> {
    await this.page.getByRole("button", { name: `Call ${name}` }).click();
    return this.page
      .getByRole("log", { name: `Answer of ${name}` })
      .locator("pre")
      .innerText();
  }

  /** The text that the page shows under this name: `user`, `workspace`, `reason`, `expected`, `seen` … */
  async fact(name: string): Promise<string> {
    return this.page.locator(`[data-fact="${name}"]`).first().innerText();
  }

  /** Everything that this page shows or keeps where script can read it. */
  async everything(): Promise<string> {
    const storage = await this.page.evaluate(
      "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])",
    );
    return [this.page.url(), await this.page.content(), storage].join("\n");
  }

  /** Of the whole page at both widths; returns the widths at which it has to be scrolled sideways. */
  async photograph(name: string): Promise<number[]> {
    const tooWide: number[] = [];
    for (const width of [1280, 380]) {
      await this.page.setViewportSize({ width, height: 800 });
      await this.page.screenshot({ path: join(pictures, `host-app-${name}-${width}.png`), fullPage: true });
      if ((await this.page.locator("body").evaluate((body) => body.scrollWidth)) > width) tooWide.push(width);
    }
    return tooWide;
  }
}

/** One person's browser profile at the app; `copy` is the origin that the agent lists, or the one that it does not. */
export async function openHostApp(
  context: BrowserContext,
  stack: StackAddresses,
  copy: "hostApp" | "otherHostApp" = "hostApp",
): Promise<HostApp> {
  const app = new HostApp(await context.newPage(), stack[copy]);
  await app.open();
  return app;
}

function subjectOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { sub: string };
  return claims.sub;
}
