// Diagnoses about the client as it is registered at the provider: its id, secret, kind, callback and grants.
import type { Reason } from "../reasons/reason.ts";

export const clientDiagnoses = {
  REDIRECT_URI_MISMATCH: {
    cause: "The profile's callback URL is not registered at the provider.",
    fix: "Register exactly the profile's callbackUrl for this client; compare scheme, port, capitals and a slash at its end.",
  },
  CLIENT_UNKNOWN: {
    cause: "The provider knows no client with the profile's client id.",
    fix: "Compare clientId with the provider's, and see that the URL names the right tenant, realm or environment.",
  },
  CLIENT_SECRET_INVALID: {
    cause: "The provider does not accept the profile's client secret.",
    fix: "Set clientSecret to the secret's value again, without blanks around it; its id or name is not the value.",
  },
  CLIENT_SECRET_EXPIRED: {
    cause: "The profile's client secret has expired at the provider.",
    fix: "Make a new secret there and set clientSecret; until then no sign-in can be finished or renewed.",
  },
  CLIENT_IS_CONFIDENTIAL: {
    cause: "The provider expects a secret of this client and got none.",
    fix: "Set clientSecret, or register the client as a public one.",
  },
  CLIENT_IS_PUBLIC: {
    cause: "The client is registered as a public one, and a secret was sent.",
    fix: "Remove clientSecret, or register the client as a confidential web application.",
  },
  CLIENT_AUTH_METHOD: {
    cause: "The client's secret was sent in another place than the provider expects.",
    fix: "Set tokenEndpointAuthMethod to what the client is registered with.",
  },
  CLIENT_SPA_PLATFORM: {
    cause: "The callback is registered for a single-page application, whose codes only a browser may redeem.",
    fix: "Move the callback URL to the platform for web applications.",
  },
  GRANT_NOT_ENABLED: {
    cause: "The client may not use this grant at the provider.",
    fix: "Enable authorization code and refresh token for the client.",
  },
  PKCE_FAILED: {
    cause: "The provider says that the code's verifier does not fit.",
    fix: "Start again from the app; if it happens every time, a proxy before the provider changes the request.",
  },
  PKCE_REQUIRED: {
    cause: "The provider says that a code challenge is missing.",
    fix: "Let the client use S256 there; the gateway always sends a challenge.",
  },
  CODE_USED_OR_EXPIRED: {
    cause: "The provider's code was used before, or is too old.",
    fix: "Start again from the app. If it happens every time, compare the callback URL at the provider to the letter.",
  },
  APP_IN_TESTING: {
    cause: "The application is still being tested at the provider and open to listed testers only.",
    fix: "Publish the application, or add the person to its testers.",
  },
  APP_BLOCKED_BY_ADMIN: {
    cause: "The person's administrator does not allow this application.",
    fix: "Have the administrator allow the client id.",
  },
  LICENSE_REQUIRED: {
    cause: "The provider's plan does not include what this client needs.",
    fix: "Ask the provider for the missing licence, or use an authorization server that the plan includes.",
  },
} as const satisfies Record<string, Reason>;
