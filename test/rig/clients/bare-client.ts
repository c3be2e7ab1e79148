// A client without a library, for what libraries hide: register, build an authorization URL by hand.
import * as z from "zod";

const metadata = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  registration_endpoint: z.string(),
});

export type ServerMetadata = z.infer<typeof metadata>;

/** RFC 8414 §3.1: the well-known path goes between host and the issuer's path. */
export async function discover(issuer: string): Promise<ServerMetadata> {
  const { origin, pathname } = new URL(issuer);
  return metadata.parse(await json(`${origin}/.well-known/oauth-authorization-server${pathname}`));
}

/** The client id of a public client. */
export async function register(server: ServerMetadata, name: string, redirectUri: string): Promise<string> {
  const answer = await json(server.registration_endpoint, {
    client_name: name,
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: "none",
  });
  return z.looseObject({ client_id: z.string() }).parse(answer).client_id;
}

/** The challenge is that of RFC 7636, appendix B; its verifier is printed there. */
export function authorizationUrl(server: ServerMetadata, parameters: Record<string, string>): URL {
  const url = new URL(server.authorization_endpoint);
  const fixed = {
    response_type: "code",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  };
  url.search = new URLSearchParams({ ...fixed, ...parameters }).toString();
  return url;
}

async function json(url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    ...(body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${await response.text()}`);
  return response.json();
}
