// Diagnoses about what may be had: scopes, the API, tenants, people, policies and consent.
import type { Reason } from "../reasons/reason.ts";

export const accessDiagnoses = {
  SCOPE_UNKNOWN: {
    cause: "The provider does not know a scope that was asked for.",
    fix: "Correct the scope's spelling in the profile or the server, or define it at the provider.",
  },
  SCOPE_NOT_ALLOWED: {
    cause: "The client may not ask for one of the scopes.",
    fix: "Allow the scope for this client at the provider.",
  },
  SCOPES_MISSING: {
    cause: "The provider granted less than was asked for.",
    fix: "Allow the missing scopes for the client and the person; tools that need them ask again.",
  },
  AUDIENCE_UNKNOWN: {
    cause: "The provider does not know the profile's resource.",
    fix: "Set resource to the API's identifier to the character; a slash or a capital makes another one.",
  },
  AUDIENCE_NOT_AUTHORIZED: {
    cause: "The client may not ask for tokens of this API.",
    fix: "Authorize the client for the API at the provider.",
  },
  RESOURCE_REJECTED: {
    cause: "The provider does not take the resource as it was named, or it differs between two steps.",
    fix: "Choose the provider's own preset, or correct resource and resourceParameter.",
  },
  MULTIPLE_RESOURCES: {
    cause: "Scopes of two APIs were asked for at once.",
    fix: "Keep scopes of one API in the profile and its servers; another API needs another profile.",
  },
  TENANT_UNKNOWN: {
    cause: "The provider has no such tenant.",
    fix: "Correct the tenant in authorizationServerUrl; national clouds have hosts of their own.",
  },
  TENANT_NOT_ALLOWED: {
    cause: "The person belongs to a tenant that this application does not serve.",
    fix: "Put the right tenant into authorizationServerUrl, or let the application serve several tenants.",
  },
  USER_NOT_ASSIGNED: {
    cause: "The person is not assigned to the application.",
    fix: "Assign the person or one of their groups to the application at the provider.",
  },
  POLICY_DENIED: {
    cause: "A policy at the provider refused the sign-in.",
    fix: "Look into the provider's log for the policy, and let it allow this client and person.",
  },
  INTERACTION_REQUIRED: {
    cause: "The provider wants to see the person again, for a second factor or because time has passed.",
    fix: "The person connects again.",
  },
  CONSENT_REQUIRED: {
    cause: "Nobody has consented to the application yet.",
    fix: "The person consents when connecting again, or an administrator consents for all.",
  },
  ADMIN_CONSENT_REQUIRED: {
    cause: "Only an administrator may consent to this application.",
    fix: "Have an administrator of the tenant grant consent to the client id.",
  },
  CONSENT_DECLINED: {
    cause: "The person did not agree, or the provider did not let them in.",
    fix: "Start again and agree; if the person was not asked, see the provider's log.",
  },
  ORG_REQUIRED: {
    cause: "The application demands an organization at sign-in.",
    fix: "Let the provider ask people for their organization, or do not require one.",
  },
  WORKSPACE_NONE: {
    cause: "The provider's tokens name no workspace.",
    fix: "Set workspaceClaim, or have the provider put the organization into its tokens.",
  },
} as const satisfies Record<string, Reason>;
