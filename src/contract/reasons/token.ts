// Reason codes of the token endpoint.
import type { Reason } from "./reason.ts";

export const tokenReasons = {
  grant_type_unsupported: { cause: "This grant type is not offered.", fix: "Use authorization_code or refresh_token." },
  code_unknown: {
    cause: "The authorization code is wrong, expired or belongs to another client.",
    fix: "Start a new authorization.",
  },
  code_replayed: {
    cause: "The authorization code was used a second time, so its authorization was ended.",
    fix: "Start a new authorization.",
  },
  pkce_mismatch: {
    cause: "The code verifier does not fit the challenge.",
    fix: "Send the verifier of the same authorization request.",
  },
  redirect_uri_mismatch: {
    cause: "The redirect URI differs from the authorization request.",
    fix: "Send the same redirect_uri.",
  },
  refresh_unknown: {
    cause: "The refresh token is wrong, expired or belongs to another client.",
    fix: "Connect the app again.",
  },
  refresh_reused: {
    cause: "An old refresh token was used again, so the authorization was ended.",
    fix: "Connect the app again; an app must keep the newest refresh token.",
  },
  step_up_required: {
    cause: "A call was refused for missing scopes, and refreshing cannot add them.",
    fix: "Authorize again with the scopes of the challenge; this refresh token stays good.",
  },
  provider_grant_ended: { cause: "The provider ended the user's sign-in.", fix: "Connect the app again." },
  downstream_token_too_large: {
    cause: "The provider's token is too large to travel inside a token.",
    fix: "Ask the provider for fewer claims.",
  },
} as const satisfies Record<string, Reason>;
