// Reason codes of identity assertions (ID-JAG): what an enterprise's identity provider said, and to whom.
import type { Reason } from "./reason.ts";

export const enterpriseReasons = {
  id_jag_client_public: {
    cause: "An identity assertion is taken from clients that authenticate, and this one cannot.",
    fix: "Pre-register the client with a secret, or let it use private_key_jwt; a public client signs its user in.",
  },
  id_jag_malformed: {
    cause: "The assertion is not a signed JWT.",
    fix: "Send the ID-JAG exactly as the identity provider issued it, signed and not encrypted.",
  },
  id_jag_type: {
    cause: "The assertion is another kind of token.",
    fix: "Exchange the user's ID token for an ID-JAG at the identity provider, and send that.",
  },
  id_jag_algorithm: {
    cause: "The assertion is not signed with an algorithm that can be trusted.",
    fix: "Set the identity provider to sign ID-JAGs with an asymmetric algorithm such as RS256 or ES256.",
  },
  id_jag_issuer: {
    cause: "The profile does not trust the issuer of the assertion.",
    fix: "Add exactly this issuer to the profile's enterpriseIssuers if it is your organization's.",
  },
  id_jag_tenant: {
    cause: "The assertion is not of a tenant that the profile lists for its issuer.",
    fix: "List the tenant's id under tenants of this issuer in enterpriseIssuers; an issuer without tenants needs none.",
  },
  id_jag_audience: {
    cause: "The assertion is for another authorization server.",
    fix: "Request the ID-JAG with this server's issuer as the only audience; compare both strings to the character.",
  },
  id_jag_client: {
    cause: "The assertion was issued for another client.",
    fix: "At the identity provider, map the client to the client id that it has at this server.",
  },
  id_jag_resource: {
    cause: "The assertion is for another MCP server.",
    fix: "Request the ID-JAG with this server's MCP URL as the only resource.",
  },
  id_jag_claim: {
    cause: "The assertion lacks a claim that every ID-JAG has, or has it in another form.",
    fix: "Let the identity provider write the named claim as the specification of ID-JAG says.",
  },
  id_jag_expired: {
    cause: "The assertion has expired.",
    fix: "Request a new ID-JAG; if it is new, check the clock of the identity provider.",
  },
  id_jag_not_yet_valid: {
    cause: "The assertion is not valid yet.",
    fix: "Check the clock of the identity provider.",
  },
  id_jag_lifetime: {
    cause: "The assertion lives longer than an hour.",
    fix: "Let the identity provider issue ID-JAGs for minutes; five are usual.",
  },
  id_jag_key_unknown: {
    cause: "The assertion is signed with a key that its issuer does not publish.",
    fix: "Check jwksUri of this issuer in enterpriseIssuers, or remove it so that the issuer's metadata decides.",
  },
  id_jag_signature: {
    cause: "The signature of the assertion does not hold.",
    fix: "Send the ID-JAG exactly as the identity provider issued it.",
  },
  id_jag_scopes: {
    cause: "Of the scopes that were asked for, the assertion grants none that this server has.",
    fix: "Let the identity provider's policy grant the client scopes of this server.",
  },
  id_jag_replayed: {
    cause: "The assertion was used before; each brings one access token.",
    fix: "Request a new ID-JAG for every access token.",
  },
} as const satisfies Record<string, Reason>;
