// Discovery as an MCP client does it: challenge, protected resource metadata, authorization server metadata.
import * as z from "zod";
import { Failure } from "../failure.ts";
import type { Found } from "./steps.ts";
import { documentOf, send } from "./wire.ts";

const webUrl = z.url({ protocol: /^https?$/ });

const resourceMetadata = z.looseObject({
  resource: z.string(),
  authorization_servers: z.array(webUrl).min(1),
  scopes_supported: z.array(z.string()).optional(),
});

const serverMetadata = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: webUrl,
  token_endpoint: webUrl,
  registration_endpoint: webUrl.optional(),
  revocation_endpoint: webUrl.optional(),
  code_challenge_methods_supported: z.array(z.string()).default([]),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
});
export type ServerMetadata = z.output<typeof serverMetadata>;

export interface Challenge {
  resourceMetadata: string;
  scope: string | null;
}

/** RFC 9728 §5.1: a call without a token is answered 401 and told where to look. */
export async function challenge(mcpUrl: string, initialize: object): Promise<Found<Challenge>> {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const response = await send(mcpUrl, { method: "POST", headers, body: JSON.stringify(initialize) });
  await response.body?.cancel();
  const header = response.headers.get("www-authenticate") ?? "";
  const url = parameterOf(header, "resource_metadata");
  if (response.status !== 401 || url === null || !webUrl.safeParse(url).success) {
    throw new Failure("the MCP URL does not ask for authorization", {
      expected: "401 with WWW-Authenticate: Bearer resource_metadata=…",
      seen: `status ${response.status}${header ? ` with ${header}` : ""}`,
      fix: "check that nothing in front of the gateway answers in its place or strips the header",
    });
  }
  return {
    seen: `401, resource_metadata ${url}`,
    value: { resourceMetadata: url, scope: parameterOf(header, "scope") },
  };
}

/** RFC 9728 §3.3: the document must be about exactly this URL. */
export async function resource(mcpUrl: string, url: string): Promise<Found<{ issuer: string; scope: string | null }>> {
  const document = await documentOf(await send(url), resourceMetadata, `the metadata at ${url}`);
  if (document.resource !== mcpUrl) {
    throw new Failure("the resource metadata is about another URL", {
      expected: mcpUrl,
      seen: document.resource,
      fix: "check the deployment's PUBLIC_ORIGIN",
    });
  }
  const [issuer = ""] = document.authorization_servers;
  return {
    seen: `authorization server ${issuer}`,
    value: { issuer, scope: document.scopes_supported?.join(" ") || null },
  };
}

/** RFC 8414 §3.1 and §3.3: the well-known path goes in before the issuer's own, and the issuer must be the same. */
export async function authorizationServer(issuer: string): Promise<Found<ServerMetadata>> {
  const { origin, pathname } = new URL(issuer);
  const url = `${origin}/.well-known/oauth-authorization-server${pathname === "/" ? "" : pathname}`;
  const metadata = await documentOf(await send(url), serverMetadata, `the metadata at ${url}`);
  if (metadata.issuer !== issuer) {
    const fix = "check the deployment's PUBLIC_ORIGIN";
    throw new Failure("the metadata names another issuer", { expected: issuer, seen: metadata.issuer, fix });
  }
  if (!metadata.code_challenge_methods_supported.includes("S256")) {
    const seen = metadata.code_challenge_methods_supported.join(" ") || "none";
    throw new Failure("the authorization server offers no PKCE with S256", { expected: "S256", seen });
  }
  return { seen: `${url}, S256`, value: metadata };
}

/** RFC 9110 §11.2: `name="value"`, or a token. */
function parameterOf(header: string, name: string): string | null {
  const found = new RegExp(`[\\s,]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+))`, "i").exec(header);
  return found?.[1]?.replace(/\\(.)/g, "$1") ?? found?.[2] ?? null;
}
