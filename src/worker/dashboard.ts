// Puts the dashboard together.
import type { Admin } from "./admin/index.ts";
import { createSignIn, type SignIn } from "./downstream/sign-in.ts";
import { type DashboardContext, dashboardRoom } from "./endpoints/dashboard/index.ts";
import { addressKey } from "./oauth/client-address.ts";
import { now, ownHosts, type Parts } from "./parts.ts";
import type { Bindings } from "./settings.ts";
import { providerCopies } from "./store/kv/provider-copies.ts";
import type { ApiTokenStore, OrganizationStore } from "./store/promises/operators.ts";

export interface DashboardParts extends Pick<DashboardContext, "identify" | "fault" | "enter"> {
  admin: Admin;
  organizations: OrganizationStore;
  tokens: ApiTokenStore;
}

export function buildDashboard(bindings: Bindings, parts: Parts, operators: DashboardParts) {
  const { settings, sealer, context } = parts;
  return dashboardRoom({
    ...operators,
    settings,
    sealer,
    signIn: signInOf(bindings, parts),
    allowFailure: (request) =>
      context.allow("failures", `dashboard ${addressKey(request.headers.get("cf-connecting-ip"))}`),
    now,
  });
}

function signInOf(bindings: Bindings, { settings }: Parts): SignIn | null {
  const { dashboardSignIn, origin, allowPrivateNetwork } = settings;
  if (!dashboardSignIn) return null;
  return createSignIn({
    ...dashboardSignIn,
    now,
    allowPrivateNetwork,
    ownHosts: ownHosts(settings),
    copies: providerCopies(bindings.COPIES),
    callbackUrl: `${origin}/dashboard/sign-in/callback`,
  });
}
