// The host app's one HTML document and what its page may load, run and talk to.
import type { HostAppConfig } from "./page/config.ts";

/** `config` becomes data in the page; a `<` in it cannot end the element. */
export function documentOf(config: HostAppConfig): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Help desk · Demo host app</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/style.css">
<script type="application/json" id="config">${JSON.stringify(config).replaceAll("<", "\\u003c")}</script>
<script type="module" src="/assets/main.js"></script>
</head>
<body>
<main id="app"><p class="quiet">Opening …</p></main>
<noscript>This app needs script.</noscript>
</body>
</html>
`;
}

/** Not stored, also not by going back: the page may show somebody's data. */
export function documentHeaders({ issuer, gatewayUrl }: HostAppConfig): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src data:",
    `connect-src 'self' ${new URL(issuer).origin} ${new URL(gatewayUrl).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy.join("; "),
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  };
}
