// A pasted token explained: which check of which door would refuse it, and what was expected there.
import type { ReasonCode } from "../../../contract/events.ts";
import type { CheckName, Finding } from "../../../contract/management/check.ts";
import type { ProviderPreset } from "../../../contract/providers.ts";
import { exchangedScope } from "../../oauth/app-token-claims.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import { allScopes, isOfResource } from "../../oauth/scope.ts";
import { missingScopes, withNarrower } from "../../oauth/tool-scopes.ts";
import { verifyAppToken } from "../app-token.ts";
import { createIntrospection } from "../introspection.ts";
import { isJwt } from "../keys.ts";
import type { Parts } from "../parts.ts";
import type { AppToken } from "../port.ts";
import { verifyAccessToken } from "../verified-tokens.ts";
import type { DoctorSettings, Examination, ExaminedServer, OwnToken } from "./port.ts";
import { finding, refusal } from "./report.ts";
import { neededBy } from "./scopes.ts";
import { tokenContent } from "./token-content.ts";

/** The embedded door's checks in its own order. */
const steps = [
  "token.kind",
  "token.algorithm",
  "token.issuer",
  "token.signature",
  "token.audience",
  "token.times",
  "token.identity",
] as const;
type Step = (typeof steps)[number];

const stepOf: Partial<Record<ReasonCode, Step>> = {
  app_token_own: "token.kind",
  app_token_encrypted: "token.kind",
  app_token_opaque: "token.kind",
  app_token_id_token: "token.kind",
  app_token_machine: "token.kind",
  app_token_kind: "token.kind",
  app_token_algorithm: "token.algorithm",
  app_token_issuer: "token.issuer",
  app_token_key_unknown: "token.signature",
  app_token_signature: "token.signature",
  app_token_inactive: "token.times",
  app_token_audience: "token.audience",
  app_token_audience_absent: "token.audience",
  app_token_lifetime: "token.times",
  app_token_expired: "token.times",
  app_token_not_yet_valid: "token.times",
  identity_missing: "token.identity",
};

/** Where a profile that lacks a value stops the embedded door. */
const stepOfField: Record<string, Step> = { resource: "token.audience", allowedTenants: "token.issuer" };

export interface TokenCase {
  parts: Parts;
  preset: ProviderPreset;
  examination: Examination;
  settings: Pick<DoctorSettings, "openOwnToken">;
}

export async function explainToken(subject: TokenCase, token: string): Promise<Finding[]> {
  const own = await subject.settings.openOwnToken(token);
  if (own !== null) return ownToken(own, subject);
  const [embedded, signIn] = await Promise.all([embeddedDoor(subject, token), signInDoor(subject, token)]);
  const direct = "the MCP URL takes tokens of this gateway only: sign in, or exchange this one";
  return [tokenContent(token), ...embedded, signIn, finding("token.mcp-url", "skip", { seen: direct })];
}

async function embeddedDoor({ parts, examination }: TokenCase, token: string): Promise<Finding[]> {
  const { profile, organizationId, servers, acceptsOrigin } = examination;
  try {
    const request = { organizationId, token, acceptsOrigin, mayAsk: async () => true };
    const verified = await verifyAppToken(parts, createIntrospection(parts), profile, request);
    const passed = steps.map((step) => finding(step, "pass", whatPassed(step, profile)));
    return [...passed, ...servers.map((server) => scopesFinding(verified, server))];
  } catch (error) {
    return stoppedAt(error);
  }
}

function whatPassed(step: Step, { resource }: GatewayProfile) {
  return step === "token.audience" && resource ? { expected: resource } : {};
}

/** The first check that fails decides; what follows was never asked. */
function stoppedAt(error: unknown): Finding[] {
  const failed = error instanceof DownstreamError ? whereOf(error) : "token.signature";
  const at = steps.indexOf(failed);
  const after = "not reached: the exchange stops at the check that failed";
  return [
    ...steps.map((step, place) => {
      if (place === at) return refusal(step, error);
      return place < at ? finding(step, "pass") : finding(step, "skip", { seen: after });
    }),
    finding("token.scopes", "skip", { seen: after }),
  ];
}

function whereOf({ reason, detail }: DownstreamError): Step {
  return stepOf[reason] ?? stepOfField[detail.field ?? ""] ?? "token.signature";
}

/** A token that does not say what it grants limits nothing. */
function scopesFinding({ scope }: AppToken, server: ExaminedServer): Finding {
  const all = allScopes(server).filter(isOfResource);
  const note = { server: server.slug, expected: all.join(" ") || "no scopes" };
  try {
    exchangedScope([], all, scope && withNarrower(scope, server.broaderScopes));
  } catch (error) {
    const needed = all.map((one) => `${one} (${neededBy(one, server)})`).join(", ");
    return refusal("token.scopes", error, { server: server.slug, expected: `one of ${needed}` });
  }
  if (scope === null) return finding("token.scopes", "pass", { ...note, seen: "the token names no scopes" });
  const missing = missingScopes(scope, all, server.broaderScopes);
  const granted = `granted: ${scope.join(" ") || "none"}`;
  if (missing.length === 0) return finding("token.scopes", "pass", { ...note, seen: granted });
  const told = missing.map((one) => `${one} (${neededBy(one, server)})`).join(", ");
  const seen = `${granted}; missing: ${told}`;
  return finding("token.scopes", "warn", { ...note, reason: "scopes_missing", seen, field: "scopes" });
}

/** The other door: this as the access token that the provider hands out at a sign-in. */
async function signInDoor({ parts, preset, examination }: TokenCase, token: string): Promise<Finding> {
  const { profile } = examination;
  if (!profile.clientId) return finding("token.sign-in", "skip", { seen: "the profile has no clientId" });
  if (!isJwt(token)) return finding("token.sign-in", "skip", { seen: "not a JWT: passed on to the API unread" });
  try {
    const provider = await parts.discovery.provider(profile, preset);
    await verifyAccessToken(parts.keys, { profile, preset, provider, clientId: profile.clientId }, token);
    return finding("token.sign-in", "pass", { expected: profile.resource ?? "any audience" });
  } catch (error) {
    return refusal("token.sign-in", error);
  }
}

/** A token of this gateway: nothing to exchange, but whoever pastes one wants to know what it is good for. */
function ownToken(own: OwnToken, { parts, examination }: TokenCase): Finding[] {
  const expires = new Date(own.exp * 1000).toISOString();
  const content = `an access token of this gateway: aud ${own.aud}; scope ${own.scope || "none"}; exp ${expires}`;
  const kind = new DownstreamError("app_token_own", {
    ...{ expected: "a token of the provider", seen: "one of this gateway" },
  });
  return [
    finding("token.content", "pass", { seen: content }),
    ...stoppedAt(kind),
    finding("token.sign-in", "skip", { seen: "not a token of the provider" }),
    mcpUrlFinding(own, examination.servers, parts.settings.now()),
  ];
}

function mcpUrlFinding(own: OwnToken, servers: readonly ExaminedServer[], now: number): Finding {
  const check: CheckName = "token.mcp-url";
  const server = servers.find(({ mcpUrl }) => mcpUrl === own.aud);
  if (!server) {
    const expected = servers.map(({ mcpUrl }) => mcpUrl).join(" or ") || "an attached server";
    return finding(check, "fail", { reason: "token_audience", expected, seen: `aud ${own.aud}` });
  }
  if (own.exp <= now) {
    const seen = `exp ${new Date(own.exp * 1000).toISOString()}`;
    return finding(check, "fail", { server: server.slug, reason: "token_expired", expected: "a time to come", seen });
  }
  const granted = own.scope.split(" ").filter((one) => one !== "");
  const missing = missingScopes(granted, allScopes(server).filter(isOfResource), server.broaderScopes);
  const seen = `granted: ${granted.join(" ") || "none"}`;
  if (missing.length === 0) return finding(check, "pass", { server: server.slug, seen });
  const told = missing.map((one) => `${one} (${neededBy(one, server)})`).join(", ");
  return finding(check, "warn", {
    server: server.slug,
    reason: "insufficient_scope",
    seen: `${seen}; missing: ${told}`,
  });
}
