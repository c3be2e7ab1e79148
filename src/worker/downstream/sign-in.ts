// Signing in people at the deployment's own provider, for the dashboard: only a verified e-mail address is wanted.

import type { Claims } from "../oauth/claim-path.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import type { Secret } from "../oauth/secret.ts";
import { checkAnswer, tokensOf } from "./arrive.ts";
import { buildAuthorizationUrl } from "./authorization-url.ts";
import { bareProfile } from "./bare-profile.ts";
import { createDiscovery } from "./discovery.ts";
import { createGuardedFetch } from "./http.ts";
import { createKeys } from "./keys.ts";
import { type ConnectorSettings, type Parts, relationOf } from "./parts.ts";
import { redeemCode } from "./token-endpoint.ts";
import { fetchUserinfo } from "./userinfo.ts";
import { verifyIdToken } from "./verified-tokens.ts";

export interface SignInSettings extends Omit<ConnectorSettings, "openSecret" | "callbackUrl"> {
  issuer: string;
  clientId: string;
  clientSecret: Secret;
  /** What is registered at the provider as the dashboard's redirect URI. */
  callbackUrl: string;
}

interface Secrets {
  state: string;
  nonce: string;
  codeVerifier: string;
}

export interface SignIn {
  /** The provider's host, for people. */
  name: string;
  /** Throws a DownstreamError when the provider cannot be found. */
  authorizationUrl(secrets: Secrets): Promise<string>;
  /** Throws a DownstreamError for an answer that is refused, forged or of another provider. */
  arrive(answer: Secrets & { parameters: URLSearchParams }): Promise<{ email: string | null; emailVerified: boolean }>;
}

const scopes = ["openid", "email", "profile"];

/** Built once per isolate: it holds the isolate's copies of metadata and keys. */
export function createSignIn(settings: SignInSettings): SignIn {
  const connector: ConnectorSettings = {
    ...settings,
    openSecret: async () => settings.clientSecret,
    callbackUrl: () => settings.callbackUrl,
  };
  const guardedFetch = createGuardedFetch(connector);
  const shared = { now: settings.now, store: settings.copies, guardedFetch };
  const parts: Parts = {
    settings: connector,
    guardedFetch,
    discovery: createDiscovery(shared),
    keys: createKeys(shared),
  };
  const profile = profileOf(settings);

  return {
    name: new URL(settings.issuer).host,
    async authorizationUrl(secrets) {
      // Nobody's access outlives this sign-in.
      const request = { ...secrets, organizationId: "", scope: [], identityOnly: true };
      const outbound = { callbackUrl: settings.callbackUrl, rules: settings };
      return buildAuthorizationUrl(await relationOf(parts, profile), request, outbound);
    },
    async arrive({ parameters, state, nonce, codeVerifier }) {
      const relation = await relationOf(parts, profile);
      const answer = checkAnswer(parts, relation, {
        parameters,
        state,
        nonce,
        codeVerifier,
        organizationId: "",
        scope: [],
      });
      const tokens = tokensOf(
        await redeemCode(parts, relation, answer, { codeVerifier, scope: [] }),
        relation,
        "token",
      );
      // Without a verified ID token nothing says that this sign-in is the one that was begun here (P-82).
      if (tokens.idToken === null) {
        throw new DownstreamError("id_token_invalid", { expected: "an ID token", seen: "none" });
      }
      const claims = await verifyIdToken(parts.keys, relation, tokens.idToken, nonce);
      if (typeof claims.email === "string") return addressIn(claims);
      const told = await fetchUserinfo(parts, relation, tokens.accessToken);
      // OIDC Core §5.3.2: otherwise it may be somebody else's.
      return told.sub === claims.sub ? addressIn(told) : { email: null, emailVerified: false };
    },
  };
}

function addressIn({ email, email_verified: verified }: Claims): { email: string | null; emailVerified: boolean } {
  // Some providers write the boolean as a text.
  return { email: typeof email === "string" ? email : null, emailVerified: verified === true || verified === "true" };
}

function profileOf({ issuer, clientId }: SignInSettings): GatewayProfile {
  const own = { id: "dashboard", name: "Dashboard", clientId, clientSecretsSealed: ["settings"], scopes };
  return { ...bareProfile(issuer), ...own };
}
