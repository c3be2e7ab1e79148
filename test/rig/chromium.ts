// Debian's Chromium, driven by playwright: a fresh profile, nothing that calls home.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why tests in a real browser are skipped here; null runs them. Under CI they run, and fail without the browser. */
export const noChromium =
  existsSync(executablePath) || process.env.CI
    ? null
    : `no browser at ${executablePath}: install chromium or set CHROMIUM_PATH`;

export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args });
}
