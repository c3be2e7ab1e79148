// Reason codes of the embedded exchange: the agent, the page, the app's own token, and what it may be exchanged for.
import type { Reason } from "./reason.ts";

export const embeddedReasons = {
  agent_key_unknown: {
    cause: "No agent of this server has this publishable key.",
    fix: "Use a current key of the agent; rotated keys stop working when their overlap ends.",
  },
  agent_mismatch: {
    cause: "The publishable key belongs to another agent.",
    fix: "Send the agent's own id, handle or name with its own key.",
  },
  agent_origin_missing: {
    cause: "The request does not say which web origin it comes from.",
    fix: "Call from a page of the app; the exchange is for browsers, which send Origin by themselves.",
  },
  agent_origin_refused: {
    cause: "Pages of this origin may not use this agent.",
    fix: "Add exactly this origin (scheme, host and port) to the agent's allowedOrigins.",
  },
  agent_not_linked: {
    cause: "The agent is not linked to this server.",
    fix: "Link the agent to the server.",
  },
  app_token_opaque: {
    cause: "The app's token is not a JWT, and the profile cannot ask the provider about it.",
    fix: "Request the token for the profile's resource so that it is a JWT, or give the profile a client secret if the provider offers introspection.",
  },
  app_token_encrypted: {
    cause: "The app's token is encrypted, so only its audience can read it.",
    fix: "Request the token for the profile's resource, unencrypted.",
  },
  app_token_own: {
    cause: "The token was issued by this gateway; it cannot be exchanged again.",
    fix: "Let getToken() return the app's own access token from the provider.",
  },
  app_token_id_token: {
    cause: "The app sent an ID token.",
    fix: "Let getToken() return the access token for the profile's resource.",
  },
  app_token_machine: {
    cause: "The app's token stands for a machine and not for a person.",
    fix: "Send the signed-in user's own access token.",
  },
  app_token_kind: {
    cause: "The app's token is not an access token.",
    fix: "Let getToken() return the access token for the profile's resource.",
  },
  app_token_algorithm: {
    cause: "The app's token is not signed with an algorithm that can be trusted.",
    fix: "Set the API at the provider to an asymmetric algorithm such as RS256.",
  },
  app_token_issuer: {
    cause: "The app's token comes from an issuer that the profile does not accept.",
    fix: "Compare both strings to the character; correct authorizationServerUrl, or list tenants or token issuers.",
  },
  app_token_key_unknown: {
    cause: "The app's token is signed with a key that its issuer does not publish.",
    fix: "Check that the app and the profile use the same authorization server.",
  },
  app_token_signature: {
    cause: "The signature of the app's token does not hold.",
    fix: "Send the token exactly as the provider issued it.",
  },
  app_token_audience: {
    cause: "The app's token is for another audience.",
    fix: "Request the token for the profile's resource, or correct the named field of the profile.",
  },
  app_token_audience_absent: {
    cause: "The app's token does not say for whom it is.",
    fix: "Add an audience at the provider, or list the app's client id in acceptedClientIds where the provider has none.",
  },
  app_token_lifetime: {
    cause: "The app's token does not say when it ends.",
    fix: "Use a provider or setting that puts exp into access tokens.",
  },
  app_token_expired: {
    cause: "The app's token has expired.",
    fix: "Let getToken() return a fresh token.",
  },
  app_token_not_yet_valid: {
    cause: "The app's token is not valid yet.",
    fix: "Check the clocks of the provider and of its servers.",
  },
  app_token_inactive: {
    cause: "The provider says that the app's token is not active.",
    fix: "Let getToken() return a fresh token.",
  },
  app_token_scopes: {
    cause: "The app's token grants none of the scopes that were asked for or that this server has.",
    fix: "Request the server's scopes at the provider when the user signs in to the app.",
  },
  exchange_scope_refused: {
    cause: "A scope was asked for that this server does not have.",
    fix: "Ask for scopes of this server, or add the scope to the server.",
  },
  user_identity_mismatch: {
    cause: "The user that the app names is not the one that its token is for.",
    fix: "Take userIdentity and the token from the same session.",
  },
} as const satisfies Record<string, Reason>;
