// Dynamic registration as a rule: a wire body becomes normalized client metadata, or the member that is wrong.
import { type RegistrationRequest, registrationRequest } from "../../contract/oauth.ts";
import { readRegisteredKeys } from "./client-keys.ts";
import { displayName } from "./display-name.ts";
import { WireError } from "./errors.ts";
import { jwtBearer } from "./grant-profile.ts";
import { printable } from "./params.ts";
import type { ClientPolicy } from "./profile.ts";
import { hasAllowedHost, refuseRedirect, withoutLoopbackPort } from "./redirect-uri.ts";
import { withoutQueries } from "./shown-url.ts";

export interface ClientMetadata {
  name: string;
  /** As the client sent them, string-identical; loopback ports included. */
  redirectUris: string[];
  authMethod: "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt";
  grantTypes: string[];
  /** Members worth echoing: RFC 7591 §3.2.1 wants all registered metadata returned. */
  echoed: Record<string, unknown>;
  /** The same for the same registration: names, ordered redirect URIs without loopback ports, method, keys. */
  fingerprint: string;
}

const authMethods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"] as const;
const echoedMembers = [
  "client_uri",
  "logo_uri",
  "tos_uri",
  "policy_uri",
  "contacts",
  "scope",
  "application_type",
] as const;
const softwareMembers = ["software_id", "software_version"] as const;

/**
 * @param identityAssertions whether the server takes them (P-94)
 * @throws WireError invalid_redirect_uri or invalid_client_metadata, naming the member (RFC 7591 §3.2.2)
 */
export function readRegistration(body: unknown, policy: ClientPolicy, identityAssertions = false): ClientMetadata {
  const parsed = registrationRequest.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join(".") || "the body";
    const code = field.startsWith("redirect_uris") ? "invalid_redirect_uri" : "invalid_client_metadata";
    const reason = code === "invalid_redirect_uri" ? "redirect_uri_invalid" : "client_metadata_invalid";
    throw new WireError(400, code, reason, { field, seen: printable(issue?.message ?? "") });
  }
  const request = parsed.data;
  checkRedirects(request.redirect_uris, policy);
  const name = displayName(request.client_name ?? "") || "An app without a name";
  const authMethod = authMethodOf(request);
  const redirects = [...new Set(request.redirect_uris.map(withoutLoopbackPort))].sort();
  const echoed: Record<string, unknown> = {};
  for (const member of [...echoedMembers, ...softwareMembers]) {
    const value = request[member];
    if (value !== null && value !== undefined && value !== "") echoed[member] = value;
  }
  // Of any other client they would be words without a meaning.
  const keys = authMethod === "private_key_jwt" ? readRegisteredKeys(request) : null;
  if (keys) echoed.jwks = { keys };
  return {
    name,
    redirectUris: request.redirect_uris,
    authMethod,
    grantTypes: ["authorization_code", "refresh_token", ...assertionGrant(request, authMethod, identityAssertions)],
    echoed,
    fingerprint: JSON.stringify([
      name,
      redirects,
      authMethod,
      echoed.application_type ?? null,
      echoed.software_id ?? null,
      ...(keys ? [keys] : []),
    ]),
  };
}

/** ID-JAG §8.1: none for a client that proves nothing but its name. */
function assertionGrant({ grant_types }: RegistrationRequest, method: ClientMetadata["authMethod"], taken: boolean) {
  return taken && method !== "none" && grant_types?.includes(jwtBearer) ? [jwtBearer] : [];
}

function checkRedirects(uris: readonly string[], policy: ClientPolicy): void {
  uris.forEach((uri, index) => {
    const field = `redirect_uris.${index}`;
    const refused = refuseRedirect(uri);
    if (refused) {
      const detail = {
        field,
        expected: "https, or http on a loopback host",
        seen: `${printable(withoutQueries(uri))} ${refused}`,
      };
      throw new WireError(400, "invalid_redirect_uri", "redirect_uri_invalid", detail);
    }
    const hosts = policy.allowedRedirectHosts;
    if (hasAllowedHost(uri, hosts)) return;
    const detail = { field, expected: `a host of ${hosts.join(", ")}`, seen: printable(new URL(uri).hostname) };
    throw new WireError(400, "invalid_redirect_uri", "redirect_uri_invalid", detail);
  });
}

/** RFC 7591 §2: omitted means client_secret_basic. Methods that are not offered are refused by name. */
function authMethodOf(request: RegistrationRequest): ClientMetadata["authMethod"] {
  const asked = request.token_endpoint_auth_method ?? "client_secret_basic";
  const method = authMethods.find((candidate) => candidate === asked);
  if (method) return method;
  throw new WireError(400, "invalid_client_metadata", "client_metadata_invalid", {
    field: "token_endpoint_auth_method",
    expected: authMethods.join(" or "),
    seen: printable(asked),
  });
}
