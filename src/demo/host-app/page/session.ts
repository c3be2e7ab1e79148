// The app's own session: who signed in, and their tokens, which live in this object and nowhere else.
import * as oauth from "oauth4webapi";
import * as z from "zod";
import type { HostAppConfig } from "./config.ts";

/** Localhost speaks plain http; an app on the web leaves this out. */
export const plainHttp = { [oauth.allowInsecureRequests]: true };

/** What the app hands to the agent: its own access token, or one of three things that are often mistaken for it. */
export type TokenKind = "access" | "another-api" | "expired" | "id";

export interface Provider {
  server: oauth.AuthorizationServer;
  client: oauth.Client;
}

const claims = z.looseObject({
  sub: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  org_id: z.string().optional(),
});

/** A token with less than this left, in milliseconds, is not worth handing out. */
const least = 60_000;

interface Tokens {
  access: string;
  refresh: string;
  id: string;
  /** Milliseconds since 1970; the second is when the app asks for the next one. */
  expiresAt: number;
  renewAt: number;
}

export class AppSession {
  /** Metadata for the gateway's log; a new one for each sign-in. */
  readonly id = crypto.randomUUID();
  readonly person: z.infer<typeof claims>;
  readonly #provider: Provider;
  readonly #config: HostAppConfig;
  #tokens: Tokens;
  /** The provider rotates the refresh token, so one refresh waits for the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #ended = false;

  /** Throws if the provider's answer lacks a refresh token or an ID token. */
  constructor(provider: Provider, config: HostAppConfig, answer: oauth.TokenEndpointResponse) {
    this.#provider = provider;
    this.#config = config;
    this.#tokens = tokensOf(answer);
    this.person = claims.parse(oauth.getValidatedIdTokenClaims(answer));
  }

  /** When the app's own access token ends, in milliseconds since 1970. */
  get expiresAt(): number {
    return this.#tokens.expiresAt;
  }

  /** For `getToken`: the app's access token, renewed if it is about to end, or what was asked for in its place. */
  token(kind: TokenKind): Promise<string> {
    const wanted = async () => {
      if (this.#ended) throw new Error("signed out");
      if (kind === "id") return this.#tokens.id;
      if (kind !== "access") return this.#refresh(kind === "expired" ? this.#config.expired : this.#config.anotherApi);
      return Date.now() < this.#tokens.renewAt ? this.#tokens.access : this.#refresh(this.#config.resource);
    };
    const turn = this.#turn.then(wanted);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Forgets the tokens and sends the browser to the provider, whose own session ends there. */
  async signOut(): Promise<void> {
    this.#ended = true;
    const { server, client } = this.#provider;
    await oauth
      .revocationRequest(server, client, oauth.None(), this.#tokens.refresh, plainHttp)
      .then(oauth.processRevocationResponse)
      // The provider's session ends with or without it.
      .catch(console.error);
    const goodbye = new URL(server.end_session_endpoint ?? server.issuer);
    goodbye.searchParams.set("client_id", client.client_id);
    goodbye.searchParams.set("post_logout_redirect_uri", `${location.origin}/`);
    location.assign(goodbye);
  }

  /** RFC 8707 §2.2: a refresh names which of the granted resources the next token is for. */
  async #refresh(resource: string): Promise<string> {
    const { server, client } = this.#provider;
    const { refresh } = this.#tokens;
    const options = { ...plainHttp, additionalParameters: { resource } };
    const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh, options);
    const answer = await oauth.processRefreshTokenResponse(server, client, response);
    const tokens = tokensOf(answer, this.#tokens);
    if (resource === this.#config.resource) this.#tokens = tokens;
    else this.#tokens.refresh = tokens.refresh;
    return tokens.access;
  }
}

function tokensOf(answer: oauth.TokenEndpointResponse, before?: Tokens): Tokens {
  const { access_token: access, refresh_token: refresh = before?.refresh, id_token: id = before?.id } = answer;
  if (!refresh || !id) throw new Error("the provider gave no refresh token or no ID token");
  const life = (answer.expires_in ?? 0) * 1000;
  const now = Date.now();
  return { access, refresh, id, expiresAt: now + life, renewAt: now + life - least };
}
