// The demo's authorization server: a real OpenID provider with two accounts, JWT access tokens for one API, rotation.
import Provider, { type Configuration, type JWK } from "oidc-provider";
import { accountOf, claimsOf } from "./authorization-server/accounts.ts";
import { grantOfAuthorization } from "./authorization-server/grants.ts";
import { contentSecurityPolicy, escapeHtml, layout } from "./authorization-server/pages.ts";
import { openProviderStore } from "./authorization-server/provider-store.ts";
import { formats, resourceIndicators, resourcesOf } from "./authorization-server/resources.ts";
import { answerSignIn, isSignIn, sendPage } from "./authorization-server/sign-in.ts";
import { type Listening, listen } from "./listen.ts";

export interface AuthorizationServerOptions {
  port: number;
  /** The API that access tokens are for; its scopes are tickets.read and tickets.write. */
  apiResource: string;
  /** SQLite file with everything the provider remembers. */
  storePath: string;
  cookieKey: string;
  /** Private RSA key that signs ID tokens and access tokens. */
  signingKey: JWK;
  accessTokenTtl: number;
  refreshTokenTtl: number;
}

export interface ProviderClient {
  clientId: string;
  clientName: string;
  redirectUris: string[];
  /** Where people may be sent once they have signed out. */
  postLogoutRedirectUris?: string[];
  /** null makes a public client, which proves itself with PKCE alone. */
  clientSecret: string | null;
}

export interface AuthorizationServer extends Listening {
  issuer: string;
  /** Registers a client, or replaces it: a provider's console, in a function. */
  register(client: ProviderClient): Promise<void>;
}

export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  const issuer = `http://localhost:${options.port}`;
  const store = openProviderStore(options.storePath);
  const provider = new Provider(issuer, { ...configuration(options), adapter: store.adapter });
  const answer = provider.callback();
  const server = await listen((request, response) => {
    const { pathname } = new URL(request.url ?? "/", issuer);
    if (pathname === "/") sendPage(response, 200, frontPage);
    else if (isSignIn(pathname)) {
      answerSignIn(provider, request, response).catch((error: unknown) => {
        console.error(error);
        if (!response.headersSent) sendPage(response, 500, layout("Something went wrong", "<p>Start again.</p>"));
      });
    } else void answer(request, response);
  }, options.port);
  return {
    issuer,
    async register(client) {
      await store.adapter("Client").upsert(client.clientId, {
        client_id: client.clientId,
        client_name: client.clientName,
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: client.postLogoutRedirectUris ?? [],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: client.clientSecret === null ? "none" : "client_secret_basic",
        ...(client.clientSecret === null ? {} : { client_secret: client.clientSecret }),
      });
    },
    async close() {
      await server.close();
      store.close();
    },
  };
}

function configuration(options: AuthorizationServerOptions): Configuration {
  const resources = resourcesOf(options.apiResource);
  return {
    formats: formats(resources),
    jwks: { keys: [options.signingKey] },
    cookies: { keys: [options.cookieKey] },
    scopes: ["openid", "offline_access"],
    claims: { openid: ["sub", "org_id"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
    // ID tokens carry name and e-mail, as most hosted providers do, so that the gateway needs no userinfo request.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: async (_context, subject) => {
      const account = accountOf(subject);
      return account && { accountId: subject, claims: async () => claimsOf(account) };
    },
    extraTokenClaims: (_context, token) => {
      const account = token.kind === "AccessToken" ? accountOf(token.accountId) : undefined;
      return account && { org_id: account.workspace, name: account.name, email: account.email };
    },
    // A grant outlives the browser's session: a second person at the same browser must not end the first one's access.
    expiresWithSession: () => false,
    loadExistingGrant: grantOfAuthorization,
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    ttl: {
      AccessToken: options.accessTokenTtl,
      IdToken: 3600,
      RefreshToken: options.refreshTokenTtl,
      Grant: options.refreshTokenTtl,
      Session: options.refreshTokenTtl,
      Interaction: 3600,
      AuthorizationCode: 60,
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    clientBasedCORS: (_context, origin, client) =>
      (client.redirectUris ?? []).some((uri) => URL.canParse(uri) && new URL(uri).origin === origin),
    renderError: (context, out) => {
      context.type = "html";
      context.set("content-security-policy", contentSecurityPolicy);
      const reason = `${out.error}: ${out.error_description ?? "no further detail"}`;
      context.body = layout("This request cannot go on", `<p class="bad">${escapeHtml(reason)}</p>`);
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource },
      resourceIndicators: resourceIndicators(resources, options.accessTokenTtl),
    },
  };
}

interface PageContext {
  type: string;
  body: unknown;
  set(name: string, value: string): void;
}

/** `form` comes from oidc-provider and carries the token against forged sign-outs. */
function logoutSource(context: PageContext, form: string): void {
  context.type = "html";
  context.set("content-security-policy", contentSecurityPolicy);
  const button = '<button class="main" form="op.logoutForm" name="logout" value="yes">Sign out</button>';
  context.body = layout("Sign out of the demo provider?", `${form}${button}`);
}

function postLogoutSuccessSource(context: PageContext): void {
  context.type = "html";
  context.set("content-security-policy", contentSecurityPolicy);
  context.body = layout("Signed out", "<p>The next authorization asks for a user name again.</p>");
}

const frontPage = layout(
  "Accounts for the demo",
  `<p>This provider belongs to the demo stack and knows two people: user1 and user2, password “password”.</p>
  <p><a href="/session/end">Sign out</a> to become another person in this browser.</p>`,
);
