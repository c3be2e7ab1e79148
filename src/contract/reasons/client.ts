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
    cause: "This deployment does not fetch client metadata documents.",
    fix: "Register the client dynamically or ask the operator to pre-register it.",
  },
  client_authentication_failed: {
    cause: "The client's secret is missing or wrong.",
    fix: "Send the secret that registration returned, or register again.",
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
} as const satisfies Record<string, Reason>;
