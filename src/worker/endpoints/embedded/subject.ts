// For whom: the person that the app's token stands for, the scopes it carries, and whether the app says the same.
import { originMatches } from "../../oauth/allowed-origin.ts";
import { exchangedScope } from "../../oauth/app-token-claims.ts";
import { addressKey } from "../../oauth/client-address.ts";
import type { Identity } from "../../oauth/downstream.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import type { ExchangeAsk } from "../../oauth/exchange-request.ts";
import { printable } from "../../oauth/params.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import { allScopes, isOfResource } from "../../oauth/scope.ts";
import { withNarrower } from "../../oauth/tool-scopes.ts";
import type { LinkedAgent } from "../../store/promises/snapshot.ts";
import type { ServerVisit } from "../context.ts";

export interface Subject {
  identity: Identity;
  scope: string[];
  /** When the app's own token ends, epoch seconds. */
  expiresAt: number;
}

/** @throws DownstreamError with the reason of the first check that fails */
export async function subjectOf(
  ask: ExchangeAsk,
  agent: LinkedAgent,
  gateway: GatewayProfile,
  request: Request,
  { context, server }: ServerVisit,
): Promise<Subject> {
  const { organizationId, id } = server.snapshot;
  // A token of this gateway is not the app's, whoever presents it: otherwise it would renew itself for ever.
  if ((await context.accessTokens.open(ask.token)) !== null) {
    throw new DownstreamError("app_token_own", { expected: "a token of the provider", seen: "one of this gateway" });
  }
  const verified = await context.connector.appToken(gateway, {
    organizationId,
    token: ask.token,
    acceptsOrigin: (origin) => originMatches(agent.allowedOrigins, origin),
    mayAsk: () => context.allow("authorize", `${id} ${addressKey(request.headers.get("cf-connecting-ip"))} opaque`),
  });
  const { snapshot } = server;
  const carried = verified.scope && withNarrower(verified.scope, snapshot.broaderScopes);
  const scope = exchangedScope(ask.scope, allScopes(snapshot).filter(isOfResource), carried);
  requireAgreement(ask.userIdentity, verified.identity, verified.subject);
  return { identity: verified.identity, scope, expiresAt: verified.expiresAt };
}

/**
 * What the app says of its user is nothing to build on, but where both speak a difference means that two people were
 * mixed up (P-89). Where the token names no workspace or e-mail there is nothing to differ from.
 */
function requireAgreement(claimed: ExchangeAsk["userIdentity"], identity: Identity, tokenSubject: string | null): void {
  const { subject, organizationId, email } = claimed;
  if (subject !== undefined && subject !== identity.subject && subject !== tokenSubject) {
    throw mismatch("userIdentity.subject", identity.subject, subject);
  }
  if (organizationId !== undefined && identity.workspace !== null && organizationId !== identity.workspace) {
    throw mismatch("userIdentity.organizationId", identity.workspace, organizationId);
  }
  if (email !== undefined && identity.email !== null && email.toLowerCase() !== identity.email.toLowerCase()) {
    throw mismatch("userIdentity.email", identity.email, email);
  }
}

function mismatch(field: string, expected: string, seen: string): DownstreamError {
  const detail = { field, expected: printable(expected), seen: printable(seen) };
  return new DownstreamError("user_identity_mismatch", detail);
}
