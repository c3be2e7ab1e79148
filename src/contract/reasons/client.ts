// Reason codes about clients and their registration.
import type { Reason } from "./reason.ts";

export const clientReasons = {
  client_unknown: {
    cause: "The gateway does not know this client id.",
    fix: "Make the app forget its registration and connect again.",
  },
  client_url_refused: {
    cause: "A client id that is a URL must be a public https URL with a path.",
    fix: "Publish the client's metadata document at such a URL, or register dynamically.",
  },
  client_metadata_unsupported: {
    cause: "This server does not take clients whose id is the URL of a metadata document.",
    fix: "Let the client register dynamically, or ask the operator to turn on clientPolicy.metadataDocuments.",
  },
  client_document_unavailable: {
    cause: "The client's metadata document could not be fetched.",
    fix: "Try again. If it lasts, the document's host must let the gateway read it, or the operator pre-registers the client.",
  },
  client_document_invalid: {
    cause: "The client's metadata document is not acceptable.",
    fix: "Whoever publishes the document must correct the named member.",
  },
  client_keys_unavailable: {
    cause: "The keys that the client's metadata document points to could not be fetched.",
    fix: "Try again. If it lasts, the host of jwks_uri must let the gateway read them.",
  },
  redirect_host_refused: {
    cause: "This server does not send answers to that host.",
    fix: "Ask the operator to add the host to clientPolicy.allowedRedirectHosts.",
  },
  client_authentication_failed: {
    cause: "The client's secret is missing or wrong.",
    fix: "Send the secret that registration returned, or register again.",
  },
  client_assertion_invalid: {
    cause: "The client's assertion is not one that authenticates it.",
    fix: "Correct the named member; iss and sub are both the client's id, and the algorithm is asymmetric.",
  },
  client_assertion_audience: {
    cause: "The client's assertion is meant for somebody else.",
    fix: "Let aud be this server's issuer and nothing else.",
  },
  client_assertion_expired: {
    cause: "The client's assertion is too old.",
    fix: "Sign a new one for every request, and check the client's clock.",
  },
  client_assertion_signature: {
    cause: "None of the client's published keys signed its assertion.",
    fix: "Sign with a key of the client's jwks or jwks_uri, and name it by kid.",
  },
  client_assertion_replayed: {
    cause: "The client's assertion was used before.",
    fix: "Sign a new one, with a new jti, for every request.",
  },
  client_assertion_required: {
    cause: "This client authenticates by an assertion, and none was sent.",
    fix: "Send client_assertion and client_assertion_type (private_key_jwt) with every token and revocation request.",
  },
  client_keys_unknown: {
    cause: "This client sent an assertion and has no key that could have signed it.",
    fix: "Publish or register the client's keys for private_key_jwt, or leave the assertion out.",
  },
  client_metadata_invalid: {
    cause: "The registration holds a value that is not accepted.",
    fix: "Correct the named member.",
  },
  redirect_uri_invalid: {
    cause: "A redirect URI is not acceptable.",
    fix: "Use https, or http on a loopback host, without fragment.",
  },
  redirect_uri_unregistered: {
    cause: "The redirect URI is not one that this client registered.",
    fix: "Register exactly this URI; only a loopback port may differ.",
  },
  registration_closed: {
    cause: "This server does not take dynamic registrations.",
    fix: "Use a client that the operator registered.",
  },
  registrations_unfinished: {
    cause: "Very many apps have registered at this server in the last hour without anybody signing in.",
    fix: "Try again later, or ask the operator to pre-register the app.",
  },
} as const satisfies Record<string, Reason>;
