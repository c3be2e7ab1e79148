// The demo's host application: a web app on its own origin that signs people in itself and embeds an agent.
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { exchangeError } from "../contract/embed.ts";
import type { PageFiles } from "./host-app/bundle.ts";
import { documentHeaders, documentOf } from "./host-app/document.ts";
import type { GatewayWords, HostAppConfig } from "./host-app/page/config.ts";
import { type Listening, listen } from "./listen.ts";

export interface HostAppOptions {
  port: number;
  config: HostAppConfig;
  files: PageFiles;
}

/** Serves the page; it keeps no session and no secret, because all that happens in the browser. */
export async function startHostApp({ port, config, files }: HostAppOptions): Promise<Listening> {
  const app = new Hono();
  const document = documentOf(config);
  for (const path of ["/", "/callback"]) app.get(path, (c) => c.body(document, 200, documentHeaders(config)));
  app.get("/assets/:name", (c) => {
    const name = c.req.param("name");
    const text = files.get(name);
    return text === undefined ? c.notFound() : c.body(text, 200, fileHeaders(name));
  });
  app.get("/what-the-gateway-says", async (c) => c.json(await gatewaySays(config, `http://localhost:${port}`)));
  return listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }), port);
}

function fileHeaders(name: string): Record<string, string> {
  return {
    "content-type": `text/${name.endsWith(".css") ? "css" : "javascript"}; charset=utf-8`,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  };
}

/** The exchange that a page of this origin would ask for, with no token in it: the origin is checked before that. */
async function gatewaySays(
  { gatewayUrl, server, apiKey, agentId }: HostAppConfig,
  origin: string,
): Promise<GatewayWords> {
  const response = await fetch(`${gatewayUrl}/s/${server}/embedded/exchange`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ apiKey, agentId, token: "none" }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => null);
  if (response === null) return { status: 0, reason: "network", message: `No answer from ${gatewayUrl}.` };
  const said = exchangeError.parse(await response.json());
  return {
    status: response.status,
    reason: said.reason ?? said.error,
    message: said.error_description ?? "",
    expected: said.expected,
    seen: said.seen,
  };
}
