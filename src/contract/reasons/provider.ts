// Reason codes about the provider: discovery, its answer, its tokens.
import type { Reason } from "./reason.ts";

export const providerReasons = {
  state_unknown: {
    cause: "The provider's answer does not belong to a sign-in that is under way.",
    fix: "Start again from the app.",
  },
  issuer_response_mismatch: {
    cause: "The answer names another issuer than the profile's.",
    fix: "Check the profile's authorization server URL against the provider.",
  },
  provider_denied: {
    cause: "The provider refused the sign-in.",
    fix: "See the provider's message; often the user is not assigned to the application.",
  },
  provider_error: {
    cause: "The provider answered with an error.",
    fix: "See expected and seen; check the client id, callback URL and scopes at the provider.",
  },
  provider_unavailable: {
    cause: "The provider could not be reached or answered with a fault.",
    fix: "Try again; if it lasts, check the provider's status.",
  },
  provider_client_rejected: {
    cause: "The provider refused the profile's client id or secret.",
    fix: "Check clientId, clientSecret and tokenEndpointAuthMethod of the profile.",
  },
  metadata_not_found: {
    cause: "No discovery document was found at the provider.",
    fix: "Correct authorizationServerUrl, or set metadataUrl or the endpoints by hand.",
  },
  metadata_invalid: {
    cause: "The provider's discovery document is not usable.",
    fix: "See expected and seen; set the missing endpoint on the profile.",
  },
  metadata_issuer_mismatch: {
    cause: "The discovery document names another issuer.",
    fix: "Set authorizationServerUrl to the issuer that the document names.",
  },
  outbound_refused: { cause: "The address is not one the gateway may call.", fix: "Use a public https URL." },
  id_token_invalid: {
    cause: "The provider's ID token did not verify.",
    fix: "See expected and seen; check clientId and the issuer.",
  },
  access_token_invalid: {
    cause: "The provider's access token did not verify.",
    fix: "See expected and seen; check resource and issuer of the profile.",
  },
  audience_mismatch: {
    cause: "The provider's token is for another audience.",
    fix: "Set the profile's resource to the audience that the API expects.",
  },
  identity_missing: {
    cause: "The provider's tokens name no stable user.",
    fix: "Add openid to the scopes, or set subjectClaim.",
  },
  scopes_missing: {
    cause: "The provider did not grant every scope that was asked for.",
    fix: "Allow the missing scopes for this client and user at the provider.",
  },
  profile_incomplete: {
    cause: "The gateway profile lacks a value that this step needs.",
    fix: "Set the named field on the profile.",
  },
} as const satisfies Record<string, Reason>;
