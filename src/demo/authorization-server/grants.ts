// One provider grant per authorization, so that revoking one client's access leaves the person's other clients alone.
import type { Configuration } from "oidc-provider";

type LoadExistingGrant = NonNullable<Configuration["loadExistingGrant"]>;
type Context = Parameters<LoadExistingGrant>[0];

/** The grant that the person has just made; or, without a page, a copy of what this browser was granted before. */
export const grantOfAuthorization: LoadExistingGrant = async (context: Context) => {
  const { provider, session, client, account, result } = context.oidc;
  if (!session || !client || !account) return undefined;
  const decided = result?.consent?.grantId;
  if (decided) return provider.Grant.find(decided);
  const earlierId = session.grantIdFor(client.clientId);
  const earlier = earlierId ? await provider.Grant.find(earlierId) : undefined;
  if (!earlier) return undefined;
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope(earlier.openid?.scope ?? "openid");
  for (const [resource, scope] of Object.entries(earlier.resources ?? {})) grant.addResourceScope(resource, scope);
  await grant.save();
  return grant;
};
