// Diagnoses about tokens and documents: their form, their issuer and keys, whom they are for, and how refreshes end.
import type { Reason } from "../reasons/reason.ts";

export const tokenDiagnoses = {
  AUDIENCE_MISMATCH: {
    cause: "The token is for another API.",
    fix: "Compare expected and seen; set resource to the API's audience, or have the provider issue tokens for it.",
  },
  AUDIENCE_ABSENT: {
    cause: "The token does not say for whom it is.",
    fix: "Add the audience at the provider, or list client ids in acceptedClientIds where it has none.",
  },
  TOKEN_OPAQUE: {
    cause: "The token is not a JWT although one was expected.",
    fix: "Request it for the profile's resource, or have the provider issue JWTs to this client.",
  },
  TOKEN_ENCRYPTED: {
    cause: "The token is encrypted for somebody else.",
    fix: "Request it for the profile's resource, unencrypted.",
  },
  WRONG_TOKEN_KIND: {
    cause: "The token is an ID token or a machine's, and not a person's access token.",
    fix: "Use the access token that the provider issued for the profile's resource.",
  },
  ISSUER_MISMATCH: {
    cause: "The token comes from another issuer than the profile's.",
    fix: "Compare both to the character; tenant, custom domain, scheme and a slash at the end all count.",
  },
  KEY_UNKNOWN: {
    cause: "The token is signed with a key that the profile's issuer does not publish.",
    fix: "See that the token and the profile belong to the same authorization server; a key set of its own goes into jwksUri.",
  },
  SIGNATURE_INVALID: {
    cause: "The token's signature does not hold.",
    fix: "Use the token exactly as it was issued, by the profile's own authorization server.",
  },
  DISCOVERY_NOT_FOUND: {
    cause: "The provider publishes no metadata where the profile looks for it.",
    fix: "Complete the path in authorizationServerUrl, or set metadataUrl.",
  },
  DISCOVERY_ISSUER_MISMATCH: {
    cause: "The provider's metadata names another issuer.",
    fix: "Set authorizationServerUrl to the issuer that the document names, if that is your provider.",
  },
  REFRESH_EXPIRED: {
    cause: "The provider's refresh token is over or unknown there.",
    fix: "The person connects again; if it is often, look at the idle and total lifetimes at the provider.",
  },
  REFRESH_REVOKED: {
    cause: "The provider revoked the refresh token: by its user, an administrator or a changed password.",
    fix: "The person connects again.",
  },
  REFRESH_REUSED: {
    cause: "The provider saw a refresh token that was used before.",
    fix: "The person connects again; if it is often, see that no other program holds the same tokens.",
  },
  REFRESH_NOT_ISSUED: {
    cause: "The provider gave no refresh token although one was asked for.",
    fix: "Enable refresh tokens for the client and the API; until then people connect again when the token ends.",
  },
} as const satisfies Record<string, Reason>;
