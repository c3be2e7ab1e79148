// The frame of every dashboard page: where one is, who one is, and the headers of a page that runs nobody else's code.
import type { Child } from "hono/jsx";
import { Form } from "./form.tsx";

export interface Assets {
  style: string;
  script: string;
}

/** What the frame needs to know of a signed-in person; pages read it to make links and forms. */
export interface Frame {
  /** `/dashboard/{organization}`, or `/dashboard` while none is chosen. */
  base: string;
  organization: string | null;
  /** The token or person that is signed in, for people. */
  who: string;
  /** A viewer sees everything and no buttons. */
  canChange: boolean;
  severalOrganizations: boolean;
  /** What just happened; null when nothing did. */
  notice: string | null;
  assets: Assets;
  /** The token without which this path takes no form. */
  formToken(path: string): Promise<string>;
}

export interface Content {
  /** The page's only h1, and the start of its title. */
  title: string;
  /** The tab that is lit. */
  section?: string;
  crumbs?: readonly [text: string, href: string][];
  /** Beside the title. */
  actions?: Child;
  /** Seconds after which the page is loaded again; for what changes while one waits. */
  refresh?: number;
  body: Child;
}

const sections = [
  ["gateways", "Gateways"],
  ["servers", "Servers"],
  ["agents", "Agents"],
  ["users", "Users"],
  ["audit", "Audit"],
  ["tokens", "API tokens"],
  ["organization", "Organization"],
] as const;

export async function framed(status: number, frame: Frame, content: Content): Promise<Response> {
  const response = await respond(status, content.title, frame.assets, <Framed frame={frame} content={content} />);
  if (content.refresh !== undefined) response.headers.set("refresh", String(content.refresh));
  return response;
}

/** A page for somebody who is not signed in. */
export async function bare(
  status: number,
  assets: Assets,
  content: Content,
  more: { cookies?: readonly string[]; refreshTo?: string } = {},
): Promise<Response> {
  const body = (
    <main id="main" class="narrow">
      <div class="head">
        <h1>{content.title}</h1>
      </div>
      {content.body}
    </main>
  );
  return respond(status, content.title, assets, body, more);
}

function Framed({ frame, content }: { frame: Frame; content: Content }) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <div>
          <a class="brand" href={frame.base}>
            MCP Stack Gateway
          </a>
          <span class="who">
            {frame.organization ? (
              <>
                <bdi>{frame.organization}</bdi> ·{" "}
              </>
            ) : null}
            <bdi>{frame.who}</bdi>
            {frame.canChange ? "" : " (read only)"}
          </span>
          {frame.severalOrganizations ? <a href="/dashboard/organizations">Organizations</a> : null}
          <Form frame={frame} action="/dashboard/sign-out">
            <button type="submit" class="small">
              Sign out
            </button>
          </Form>
        </div>
        {frame.organization ? <Sections frame={frame} current={content.section} /> : null}
      </header>
      <main id="main">
        {content.crumbs ? <Crumbs crumbs={content.crumbs} /> : null}
        <div class="head">
          <h1>{content.title}</h1>
          {content.actions && frame.canChange ? <div>{content.actions}</div> : null}
        </div>
        {frame.notice ? (
          <p class="note" role="status">
            {frame.notice}
          </p>
        ) : null}
        {content.body}
      </main>
    </>
  );
}

function Sections({ frame, current }: { frame: Frame; current: string | undefined }) {
  return (
    <nav aria-label="Sections">
      <ul class="tabs">
        {sections.map(([path, name]) => (
          <li>
            <a href={`${frame.base}/${path}`} {...(path === current ? { "aria-current": "page" } : {})}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Crumbs({ crumbs }: { crumbs: readonly [text: string, href: string][] }) {
  return (
    <nav aria-label="Breadcrumb" class="crumbs">
      {crumbs.map(([text, href], index) => (
        <>
          {index > 0 ? " / " : null}
          <a href={href}>{text}</a>
        </>
      ))}
    </nav>
  );
}

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

async function respond(
  status: number,
  title: string,
  assets: Assets,
  body: Child,
  { cookies = [], refreshTo }: { cookies?: readonly string[]; refreshTo?: string } = {},
): Promise<Response> {
  const document = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        {refreshTo ? <meta http-equiv="refresh" content={`0; url=${refreshTo}`} /> : null}
        <title>{`${title} · MCP Stack Gateway`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assets.style} />
        <script src={assets.script} defer />
      </head>
      <body>{body}</body>
    </html>
  );
  const headers = new Headers({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": policy,
    // Forms then name their origin, and nobody else learns a path.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  for (const value of cookies) headers.append("set-cookie", value);
  return new Response(`<!doctype html>${await document.toString()}`, { status, headers });
}
