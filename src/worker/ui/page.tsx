// A page as an answer: escaped, framed by nobody, without script, kept by no cache (P-56, P-61, P-62).
import type { Child } from "hono/jsx";
import { stylesheet } from "./style.ts";

export interface PageContent {
  title: string;
  body: Child;
  /** More than a question: a list needs the room. */
  wide?: boolean;
  /** A path of ours where the browser goes on by itself. */
  goesOnTo?: string;
}

/** @param cookies Set-Cookie values */
export function page(
  status: number,
  content: PageContent,
  cookies: readonly string[] = [],
  more: HeadersInit = {},
): Response {
  const nonce = crypto.randomUUID();
  const document = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        {content.goesOnTo ? <meta http-equiv="refresh" content={`0; url=${content.goesOnTo}`} /> : null}
        <title>{content.title}</title>
        <style nonce={nonce} dangerouslySetInnerHTML={{ __html: stylesheet }} />
      </head>
      <body>
        <main class={content.wide ? "wide" : undefined}>{content.body}</main>
      </body>
    </html>
  );
  const headers = new Headers(more);
  headers.set("content-type", "text/html; charset=utf-8");
  headers.set("cache-control", "no-store");
  headers.set("referrer-policy", "no-referrer");
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-frame-options", "DENY");
  // No form-action: Chrome applies it to every redirect that follows the form, and the provider is one of them.
  const policy = ["default-src 'none'", `style-src 'nonce-${nonce}'`, "frame-ancestors 'none'", "base-uri 'none'"];
  headers.set("content-security-policy", policy.join("; "));
  for (const value of cookies) headers.append("set-cookie", value);
  return new Response(`<!doctype html>${document}`, { status, headers });
}
