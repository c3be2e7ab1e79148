// What a deployment is configured to be, after parsing: the whole worker trusts these values.
import type { OutboundRules } from "./outbound-url.ts";
import type { Secret } from "./secret.ts";

export interface Settings {
  /** `https://host`, no path and no trailing slash; loopback http only in development. */
  origin: string;
  /** True when the origin is https: cookies are `__Host-` and `Secure`. */
  secure: boolean;
  /** `{slug}.{serverHostSuffix}` is a server's own host, when the deployment has a wildcard host. */
  serverHostSuffix: string | null;
  /** Slug of the server that answers the endpoints without a path (clients of 2025-03-26). */
  defaultServer: string | null;
  /** 32 bytes each; the first seals, all open. */
  masterKeys: Uint8Array<ArrayBuffer>[];
  adminToken: Secret;
  /** The provider at which people sign in to the dashboard; null: with tokens only. */
  dashboardSignIn: { issuer: string; clientId: string; clientSecret: Secret } | null;
  /** Development only: outbound requests may go to loopback, private addresses and plain http. */
  allowPrivateNetwork: boolean;
}

/** Where this deployment may send requests of its own. */
export function outboundRules({ origin, serverHostSuffix, allowPrivateNetwork }: Settings): OutboundRules {
  const { host } = new URL(origin);
  return { allowPrivateNetwork, ownHosts: serverHostSuffix ? [host, serverHostSuffix] : [host] };
}
