// An attempt of the gateway's own account page: nobody is asked, no tool scope is given, and no grant is left behind.
import type { DownstreamTokens, Identity } from "../../oauth/downstream.ts";
import type { AuthorizationRequest } from "../../store/promises/grants.ts";
import { randomSecret } from "../../tokens/opaque.ts";
import type { Visit } from "../context.ts";
import { attemptPage } from "./attempt-page.ts";
import { browserOf, consentRemembered, cookie } from "./browser.ts";
import { leave } from "./departure.ts";

export function isAccountPage({ client }: Pick<AuthorizationRequest, "client">): boolean {
  return client.kind === "account";
}

/** There is nothing to consent to: the answer stays here and names the person to themselves. */
export async function leaveAtOnce(request: Request, ticket: string, visit: Visit): Promise<Response> {
  const { grants, settings } = visit.context;
  const browser = browserOf(request, settings) ?? randomSecret();
  const approved = await grants.approve(ticket, browser);
  if (!approved.ok) throw attemptPage(403, approved.reason, ticket, approved.of);
  return leave(approved, [cookie("browser", browser, consentRemembered, settings)], visit);
}

/**
 * The provider's tokens are forgotten and not revoked: some providers end everything that a person allowed this client
 * with one of its tokens (Google, Auth0 by setting, oidc-provider within a session), and looking at one's apps must not
 * disconnect them. Without offline access, which is not asked for, they end by themselves.
 */
export function withoutTokens(found: { identity: Identity; tokens: DownstreamTokens }) {
  const tokens: DownstreamTokens = { accessToken: "", expiresAt: null, refreshToken: null, scope: [] };
  return { identity: found.identity, tokens };
}
