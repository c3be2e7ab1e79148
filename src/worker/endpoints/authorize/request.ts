// Validates an authorization request, once: client, then redirect URI, then everything else (P-50, P-51, P-52).
import { isBuiltIn } from "../../oauth/built-in-clients.ts";
import { sha256 } from "../../oauth/digest.ts";
import { PageError, RedirectableError } from "../../oauth/errors.ts";
import { type Parameters, printable, readParameters } from "../../oauth/params.ts";
import { isChallenge } from "../../oauth/pkce.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import { hasAllowedHost, mayBeUsed, ProvenRedirect, withoutLoopbackPort } from "../../oauth/redirect-uri.ts";
import { meansServer } from "../../oauth/resource.ts";
import { grantableScope, parseScope } from "../../oauth/scope.ts";
import { withoutQueries } from "../../oauth/shown-url.ts";
import type { AuthorizationRequest } from "../../store/promises/grants.ts";
import type { ServerVisit } from "../context.ts";
import { isAccountPage } from "./account.ts";
import { type FoundClient, findClient } from "./client.ts";

export interface ValidRequest {
  request: AuthorizationRequest;
  /** The client asks that the person is asked again (OIDC `prompt=consent`). */
  askAgain: boolean;
  amiss: FoundClient["amiss"];
}

export async function validate(request: Request, visit: ServerVisit): Promise<ValidRequest> {
  const read = readParameters(new URL(request.url).searchParams);
  if (!read.ok) {
    throw new PageError(400, "invalid_request", read.reason, { field: read.field, seen: read.seen });
  }
  const { parameters } = read;
  const profile = visit.server.snapshot.gateway;
  if (!profile) throw new PageError(503, "temporarily_unavailable", "gateway_detached");

  const clientId = parameters.get("client_id");
  if (!clientId)
    throw new PageError(400, "invalid_request", "malformed_request", { field: "client_id", seen: "absent" });
  const found = await findClient(clientId, profile, visit, request.headers.get("cf-connecting-ip"));
  const redirect = proveRedirect(parameters, found, visit);
  checkHost(redirect, found, profile);
  return validateRest(parameters, found, redirect, profile, visit);
}

function proveRedirect(parameters: Parameters, found: FoundClient, visit: ServerVisit): ProvenRedirect {
  const only = found.redirectUris.length === 1 ? found.redirectUris[0] : undefined;
  const asked = parameters.get("redirect_uri") ?? only;
  if (!asked)
    throw new PageError(400, "invalid_request", "malformed_request", { field: "redirect_uri", seen: "absent" });
  const redirect = ProvenRedirect.prove(asked, found.redirectUris, {
    state: parameters.get("state") ?? null,
    issuer: visit.server.issuer,
    trusted: found.client.kind === "preregistered" || isBuiltIn(found.client.kind),
  });
  const schemes = visit.server.snapshot.gateway?.clientPolicy.allowedRedirectSchemes;
  if (redirect && mayBeUsed(asked, schemes)) return redirect;
  throw new PageError(400, "invalid_request", redirect ? "redirect_uri_invalid" : "redirect_uri_unregistered", {
    field: "redirect_uri",
    expected: found.redirectUris.map((uri) => printable(withoutQueries(uri))).join(" or "),
    seen: printable(withoutQueries(asked)),
  });
}

/** A document is its publisher's word for every gateway, so the profile's own list is held against what is asked for. */
function checkHost({ uri }: ProvenRedirect, { client }: FoundClient, profile: GatewayProfile): void {
  const hosts = profile.clientPolicy.allowedRedirectHosts;
  if (client.kind !== "document" || hasAllowedHost(uri, hosts)) return;
  throw new PageError(400, "invalid_request", "redirect_host_refused", {
    field: "redirect_uri",
    expected: `a host of ${hosts.join(", ")}`,
    seen: printable(new URL(uri).hostname),
  });
}

async function validateRest(
  parameters: Parameters,
  found: FoundClient,
  redirect: ProvenRedirect,
  profile: GatewayProfile,
  visit: ServerVisit,
): Promise<ValidRequest> {
  const { snapshot, issuer, resource } = visit.server;
  const codeChallenge = checkProtocol(parameters, redirect);
  const asked = parameters.get("resource");
  if (asked !== undefined && !meansServer(asked, resource)) {
    const detail = { field: "resource", expected: resource, seen: printable(asked) };
    throw new RedirectableError(redirect, "invalid_target", "resource_unknown", detail);
  }
  const wished = parseScope(parameters.get("scope"));
  if (wished === null) throw new RedirectableError(redirect, "invalid_scope", "malformed_request", { field: "scope" });
  const scope = isAccountPage(found) ? [] : grantableScope(wished, snapshot);
  const { client } = found;
  return {
    askAgain: parameters.get("prompt")?.split(" ").includes("consent") ?? false,
    amiss: found.amiss,
    request: {
      organizationId: snapshot.organizationId,
      serverId: snapshot.id,
      slug: snapshot.slug,
      serverName: snapshot.name,
      gatewayId: profile.id,
      issuer,
      resource,
      client,
      redirectUri: redirect.uri,
      state: parameters.get("state") ?? null,
      scope,
      codeChallenge,
      consentDigest: await sha256(
        JSON.stringify([
          client.id,
          client.name,
          withoutLoopbackPort(redirect.uri),
          snapshot.id,
          profile.id,
          [...scope].sort(),
          ...(found.documentDigest === null ? [] : [found.documentDigest]),
        ]),
      ),
    },
  };
}

/** @returns the code challenge */
function checkProtocol(parameters: Parameters, redirect: ProvenRedirect): string {
  const responseType = parameters.get("response_type");
  if (responseType !== "code") {
    const detail = { field: "response_type", expected: "code", seen: printable(responseType ?? "absent") };
    throw new RedirectableError(redirect, "unsupported_response_type", "response_type_unsupported", detail);
  }
  const challenge = parameters.get("code_challenge");
  if (!challenge)
    throw new RedirectableError(redirect, "invalid_request", "pkce_required", { field: "code_challenge" });
  // Absent means `plain` (RFC 7636 §4.3), which is not accepted.
  const method = parameters.get("code_challenge_method") ?? "plain";
  if (method !== "S256" || !isChallenge(challenge)) {
    const detail = { field: "code_challenge_method", expected: "S256", seen: printable(method) };
    throw new RedirectableError(redirect, "invalid_request", "pkce_method_unsupported", detail);
  }
  return challenge;
}
