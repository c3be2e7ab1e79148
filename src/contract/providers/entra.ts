// Microsoft Entra ID: two token versions with two issuers, keys shared by all tenants, a subject per application.
import { audienceIsResource, type ProviderPreset, usualAccessToken } from "./preset.ts";

export const entra: ProviderPreset = {
  id: "entra",
  name: "Microsoft Entra ID",
  discovery: {
    forms: ["oidc-append"],
    tenantPlaceholder: { written: "{tenantid}", asked: ["common", "organizations", "consumers"] },
  },
  // The API is named by the prefix of its scopes; a resource parameter is refused.
  authorize: { resourceParameter: "none", offlineAccess: "when_advertised" },
  refresh: { graceSeconds: 60 },
  accessToken: {
    ...usualAccessToken,
    refuse: [{ claim: ["idtyp"], matches: /^app$/, is: "machine" }],
    // Delegated access always names its scopes; tokens of daemons have roles alone, ID tokens neither.
    require: [{ claim: ["scp"] }],
    tenants: {
      templates: [
        "{tokenOrigin}/{tenant}/v2.0",
        "https://{tenant}.ciamlogin.com/{tenant}/v2.0",
        "https://sts.windows.net/{tenant}/",
        "https://sts.chinacloudapi.cn/{tenant}/",
      ],
      claim: ["tid"],
      placeholder: "{tenantid}",
      keysNameIssuer: true,
    },
    audience: [{ ...audienceIsResource, accept: ["{resource}", "{apiId}", "{apiUri}"] }],
    // Version 1 tokens name the API by its URI, version 2 by its client id; the API's manifest decides which come.
    derived: [
      {
        name: "apiId",
        from: "resource",
        matches: /^api:\/\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i,
        to: "$1",
      },
      { name: "apiUri", from: "resource", matches: /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i, to: "api://$1" },
    ],
    scopes: [["scp"]],
    scopeAlias: "{resource}/{scope}",
  },
  // `sub` differs from application to application; tenant and object id together do not.
  identity: { subject: [[["tid"], ["oid"]]], workspace: [["tid"]], email: [["email"]] },
  revocation: null,
};
