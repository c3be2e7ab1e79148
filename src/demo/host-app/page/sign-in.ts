// Signing in to the host app: authorization code with PKCE, from the browser, at the demo provider (RFC 9700 §2.1).
import * as oauth from "oauth4webapi";
import * as z from "zod";
import type { HostAppConfig } from "./config.ts";
import { AppSession, type Provider, plainHttp } from "./session.ts";

/** Of one sign-in, kept while the browser is away at the provider. No token is ever stored. */
const departure = z.object({ state: z.string(), verifier: z.string(), nonce: z.string(), silent: z.boolean() });
const departureKey = "host-app.departure";
/** Set while somebody is signed in, so that a reload asks the provider and not the person. */
const signedInKey = "host-app.signed-in";

const redirectUri = () => `${location.origin}/callback`;

/** A session; or nobody, with the reason if there is one to show; or nothing, because the browser is leaving. */
export type Opened = { session: AppSession } | { session: null; problem: string | null } | null;

export async function openSession(config: HostAppConfig): Promise<Opened> {
  try {
    if (location.pathname === "/callback") return await arrive(config);
    if (sessionStorage.getItem(signedInKey) === null) return { session: null, problem: null };
    await depart(config, { silent: true });
    return null;
  } catch (error) {
    sessionStorage.removeItem(signedInKey);
    return { session: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Sends the browser to the provider; a silent request shows no page and comes back either way. */
export async function depart(config: HostAppConfig, { silent }: { silent: boolean }): Promise<void> {
  const { server, client } = await providerOf(config);
  const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
  const nonce = oauth.generateRandomNonce();
  sessionStorage.setItem(departureKey, JSON.stringify({ state, verifier, nonce, silent }));
  const url = new URL(server.authorization_endpoint ?? server.issuer);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: "code",
    redirect_uri: redirectUri(),
    scope: `openid profile email ${config.scope}`,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...(silent && { prompt: "none" }),
  }).toString();
  // An app needs the first of them only; the others let its page show what the gateway refuses.
  for (const resource of [config.resource, config.anotherApi, config.expired]) {
    url.searchParams.append("resource", resource);
  }
  location.assign(url);
}

/** Where people leave from: a reload no longer signs them in. */
export function forgetSignIn(): void {
  sessionStorage.removeItem(signedInKey);
}

async function arrive(config: HostAppConfig): Promise<Opened> {
  const answer = new URL(location.href);
  const kept = sessionStorage.getItem(departureKey);
  sessionStorage.removeItem(departureKey);
  history.replaceState(null, "", "/");
  if (kept === null) return { session: null, problem: null };
  const { state, verifier, nonce, silent } = departure.parse(JSON.parse(kept));
  const provider = await providerOf(config);
  const { server, client } = provider;
  try {
    const parameters = oauth.validateAuthResponse(server, client, answer, state);
    const options = { ...plainHttp, additionalParameters: { resource: config.resource } };
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      parameters,
      redirectUri(),
      verifier,
      options,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce });
    sessionStorage.setItem(signedInKey, "yes");
    return { session: new AppSession(provider, config, tokens) };
  } catch (error) {
    if (!(error instanceof oauth.AuthorizationResponseError)) throw error;
    forgetSignIn();
    return { session: null, problem: silent ? null : (error.error_description ?? error.error) };
  }
}

async function providerOf({ issuer, clientId }: HostAppConfig): Promise<Provider> {
  const url = new URL(issuer);
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, plainHttp));
  return { server, client: { client_id: clientId } };
}
