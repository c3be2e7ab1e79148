// What people see at the demo provider: plain HTML, no script, readable on a phone.
import { createHash } from "node:crypto";
import type { Account } from "./accounts.ts";

const style = `
  :root { color-scheme: light dark; --ink: #1d2733; --quiet: #5b6b7c; --page: #eef2f6; --card: #fff; --line: #c9d3dd;
    --brand: #0b6b5d; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e8eef4; --quiet: #a3b1bf; --page: #12181f; --card: #1b242e;
    --line: #3a4856; --brand: #3fb8a4; --bad: #ff8a80; } }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page);
    color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
  main { width: 100%; max-width: 25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
    padding: 1.5rem; }
  h1 { font-size: 1.3rem; margin: .25rem 0 .75rem; }
  p { margin: .5rem 0; } .label { color: var(--brand); font-size: .85rem; font-weight: 600; }
  .quiet { color: var(--quiet); font-size: .9rem; } .bad { color: var(--bad); }
  label { display: block; margin: .75rem 0 .25rem; font-weight: 600; }
  input { width: 100%; font: inherit; color: inherit; background: transparent; padding: .6rem .7rem;
    border: 1px solid var(--line); border-radius: .4rem; }
  button { width: 100%; margin-top: .75rem; padding: .7rem; font: inherit; font-weight: 600; border-radius: .4rem;
    border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer; }
  button.main { background: var(--brand); border-color: var(--brand); color: var(--card); }
  :focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; }
  ul { padding-left: 1.2rem; margin: .5rem 0; overflow-wrap: anywhere; }
`;

/** No `form-action`: browsers hold it against the whole redirect chain back to the client. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface SignInPage {
  /** Where the form posts to. */
  action: string;
  clientName: string;
  scopes: string[];
  /** The person this browser is already signed in as; null asks for name and password. */
  account: Account | null;
  /** Shown after a failed attempt, with the name that was typed. */
  failure: { message: string; username: string } | null;
}

export function signInPage(page: SignInPage): string {
  const title = page.account ? `Continue as ${page.account.name}` : "Sign in";
  const who = page.account
    ? `<p>Signed in as <strong>${escapeHtml(page.account.name)}</strong> (${escapeHtml(page.account.email)}), ${escapeHtml(page.account.workspaceName)}.</p>`
    : credentials(page.failure);
  return layout(
    title,
    `<p><strong>${escapeHtml(page.clientName)}</strong> asks for access to your account${page.scopes.length ? ":" : "."}</p>
    ${page.scopes.length ? `<ul>${page.scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join("")}</ul>` : ""}
    <form method="post" action="${escapeHtml(page.action)}">
      ${who}
      <button class="main" name="decision" value="allow">${page.account ? "Allow" : "Sign in and allow"}</button>
      <button name="decision" value="deny" formnovalidate>Cancel</button>
    </form>
    ${page.account ? "" : `<p class="quiet">Demo accounts: user1 and user2, password “password”.</p>`}`,
  );
}

function credentials(failure: SignInPage["failure"]): string {
  return `${failure ? `<p class="bad" role="alert">${escapeHtml(failure.message)}</p>` : ""}
      <label for="username">User name</label>
      <input id="username" name="username" autocomplete="username" autocapitalize="none" required value="${escapeHtml(failure?.username ?? "")}">
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required>`;
}

/** A page that only tells something: an error, the front page, the end of a session. `body` is HTML. */
export function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Demo provider</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="label">Demo authorization server</p>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
