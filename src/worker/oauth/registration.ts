// Dynamic registration as a rule: a wire body becomes normalized client metadata, or the member that is wrong.
import { type RegistrationRequest, registrationRequest } from "../../contract/oauth.ts";
import { WireError } from "./errors.ts";
import { printable } from "./params.ts";
import type { ClientPolicy } from "./profile.ts";
import { isLoopbackHost, refuseRedirect, withoutLoopbackPort } from "./redirect-uri.ts";
import { withoutQueries } from "./shown-url.ts";

export interface ClientMetadata {
  name: string;
  /** As the client sent them, string-identical; loopback ports included. */
  redirectUris: string[];
  /** `none`, `client_secret_basic` or `client_secret_post`. */
  authMethod: "none" | "client_secret_basic" | "client_secret_post";
  grantTypes: string[];
  /** Members worth echoing: RFC 7591 §3.2.1 wants all registered metadata returned. */
  echoed: Record<string, unknown>;
  /** The same for the same registration: names, ordered redirect URIs without loopback ports, method. */
  fingerprint: string;
}

const secretMethods = ["client_secret_basic", "client_secret_post"] as const;
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

/** @throws WireError invalid_redirect_uri or invalid_client_metadata, naming the member (RFC 7591 §3.2.2) */
export function readRegistration(body: unknown, policy: ClientPolicy): ClientMetadata {
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
  const name = displayName(request);
  const authMethod = authMethodOf(request);
  const redirects = [...new Set(request.redirect_uris.map(withoutLoopbackPort))].sort();
  const echoed: Record<string, unknown> = {};
  for (const member of [...echoedMembers, ...softwareMembers]) {
    const value = request[member];
    if (value !== null && value !== undefined && value !== "") echoed[member] = value;
  }
  return {
    name,
    redirectUris: request.redirect_uris,
    authMethod,
    grantTypes: ["authorization_code", "refresh_token"],
    echoed,
    fingerprint: JSON.stringify([
      name,
      redirects,
      authMethod,
      echoed.application_type ?? null,
      echoed.software_id ?? null,
    ]),
  };
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
    const { hostname, protocol } = new URL(uri);
    const hosts = policy.allowedRedirectHosts;
    if (protocol !== "https:" || hosts.length === 0 || hosts.includes(hostname) || isLoopbackHost(hostname)) return;
    const detail = { field, expected: `a host of ${hosts.join(", ")}`, seen: printable(hostname) };
    throw new WireError(400, "invalid_redirect_uri", "redirect_uri_invalid", detail);
  });
}

/**
 * Whitespace and controls collapsed, direction marks and characters that show nothing dropped: a name must not be able to
 * imitate the page around it.
 */
function displayName(request: RegistrationRequest): string {
  const name = (request.client_name ?? "")
    .normalize("NFC")
    .replaceAll(/[\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  // By characters: half of a surrogate pair would be no text any more.
  return Array.from(name).slice(0, 100).join("") || "An app without a name";
}

/** RFC 7591 §2: omitted means client_secret_basic. Methods that are not offered (private_key_jwt) are refused by name. */
function authMethodOf(request: RegistrationRequest): ClientMetadata["authMethod"] {
  const asked = request.token_endpoint_auth_method ?? "client_secret_basic";
  if (asked === "none") return asked;
  const method = secretMethods.find((candidate) => candidate === asked);
  if (method) return method;
  throw new WireError(400, "invalid_client_metadata", "client_metadata_invalid", {
    field: "token_endpoint_auth_method",
    expected: `none, ${secretMethods.join(" or ")}`,
    seen: printable(asked),
  });
}
