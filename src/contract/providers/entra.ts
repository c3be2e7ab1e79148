// Microsoft Entra ID: two token versions with two issuers, keys shared by all tenants, a subject per application.
import { audienceIsResource, usualAccessToken } from "./access-token.ts";
import { entraErrors } from "./entra-errors.ts";
import { client, field, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

const guid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

export const entra: ProviderPreset = {
  ...usualPreset,
  id: "entra",
  name: "Microsoft Entra ID",
  recognise: [
    /^login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn)(?:\/|$)/,
    /^sts\.windows\.net\//,
    /\.ciamlogin\.com(?:\/|$)/,
  ],
  fields: [
    server("https://login.microsoftonline.com/{tenant id}/v2.0", "App registration › Overview, Directory (tenant) ID"),
    ...client(
      "12345678-1234-4234-8234-123456789abc",
      "App registration › Overview, Application (client) ID",
      "App registration › Certificates & secrets; the Value, not the Secret ID",
    ),
    resource(
      "api://aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
      "The API's registration › Expose an API, Application ID URI",
    ),
    scopes("openid profile email access_as_user", "The API's registration › Expose an API; without the api:// prefix"),
    field("allowedTenants", {
      example: "11111111-2222-4333-8444-555555555555",
      where: "Directory (tenant) ID of each tenant whose people may come; needed with /common or /organizations",
      needed: "optional",
    }),
    field("acceptedClientIds", {
      example: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
      where: "Application (client) ID of the API, if its Application ID URI is not api:// and this id",
      needed: "optional",
    }),
  ],
  checklist: [
    "Register an application, add the platform Web and its redirect URI {callbackUrl}.",
    "Register the API, expose its scopes, and set requestedAccessTokenVersion to 2 in its manifest.",
    "Add the API's delegated permissions to the application and grant consent.",
  ],
  doors: { external: "JWT of version 1 or 2 for the API", embedded: "JWT of version 1 or 2 for the API" },
  limits: [
    "One API per profile: Entra issues a token for one resource at a time.",
    "Tokens for Microsoft Graph cannot be verified by anybody else and are refused by name.",
    "Version 2 tokens name the API by its client id: list it in acceptedClientIds unless the Application ID URI is made of it.",
  ],
  hints: {
    REDIRECT_URI_MISMATCH: "At Entra the redirect URI belongs to the platform Web.",
    SCOPE_UNKNOWN:
      "Entra looks for a scope without a prefix at Microsoft Graph: set resource, and define the scope under Expose an API.",
    AUDIENCE_MISMATCH:
      "Entra's version 1 tokens carry the Application ID URI, version 2 the API's client id; a token for Microsoft Graph comes when no scope of the API was asked for.",
    CLIENT_IS_PUBLIC: "Switch Allow public client flows off, or remove the secret.",
    ADMIN_CONSENT_REQUIRED:
      "An administrator opens https://login.microsoftonline.com/{tenant}/adminconsent?client_id={client id}.",
    CONSENT_REQUIRED:
      "An administrator can consent for everybody at https://login.microsoftonline.com/{tenant}/adminconsent?client_id={client id}.",
    DISCOVERY_NOT_FOUND: "The address ends in /{tenant id}/v2.0.",
    REFRESH_EXPIRED:
      "Entra ends refresh tokens after 90 days without use, and after a day where the callback is a single-page application's.",
  },
  discovery: {
    ...usualPreset.discovery,
    forms: ["oidc-append"],
    tenantPlaceholder: {
      written: "{tenantid}",
      asked: ["common", "organizations", "consumers"],
      renamed: [
        // A tenant may be asked for by one of its domains; its document names it by its id.
        {
          asked: /^(https?:\/\/[^/]+)\/[a-z0-9-]+(?:\.[a-z0-9-]+)+\/v2\.0\/?$/i,
          documented: new RegExp(`^(https?://[^/]+)/${guid}/v2\\.0$`),
        },
        {
          asked: new RegExp(`^https?://[^/]+/(${guid})/?$`, "i"),
          documented: new RegExp(`^https://sts\\.(?:windows\\.net|chinacloudapi\\.cn)/(${guid})/$`),
        },
        {
          asked: new RegExp(`^https://[\\w-]+\\.ciamlogin\\.com/(${guid})/v2\\.0/?$`, "i"),
          documented: new RegExp(`^https://${guid}\\.ciamlogin\\.com/(${guid})/v2\\.0$`),
        },
      ],
    },
    // Version 1 endpoints know no scopes; those of version 2 issue tokens of either version.
    replaced: [{ matches: /^(https?:\/\/[^/]+\/[^/]+)\/oauth2\/(authorize|token)$/, to: "$1/oauth2/v2.0/$2" }],
  },
  // The API is named by the prefix of its scopes; a resource parameter is refused.
  authorize: {
    audience: { kind: "scope-prefix", template: "{resource}/{scope}" },
    parameters: {},
    drop: ["resource", "audience"],
  },
  scopes: {
    ...usualPreset.scopes,
    sentAt: ["token", "refresh"],
    names: [
      { matches: /^(?:api|https):\/\/.*\/([^/]+)$/, to: "$1" },
      { matches: new RegExp(`^${guid}/([^/]+)$`, "i"), to: "$1" },
    ],
  },
  client: { methods: ["client_secret_post", "client_secret_basic", "private_key_jwt"] },
  refresh: { ask: { by: "scope", when: "always", consent: false }, graceSeconds: 60 },
  answer: {
    ...usualPreset.answer,
    codes: { member: "error_codes", text: /AADSTS(\d+)/g },
    means: [
      { at: "refresh", error: "interaction_required", means: "invalid_grant" },
      { at: "refresh", error: "consent_required", means: "invalid_grant" },
      { at: "refresh", error: "login_required", means: "invalid_grant" },
    ],
  },
  accessToken: {
    ...usualAccessToken,
    format: "jwt",
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
    audience: [{ ...audienceIsResource, accept: ["{resource}", "{apiId}", "{apiUri}", "{listedClientIds}"] }],
    // Version 1 tokens name the API by its URI, version 2 by its client id; the API's manifest decides which come.
    derived: [
      { name: "apiId", from: "resource", matches: new RegExp(`^api://(${guid})$`, "i"), to: "$1" },
      { name: "apiUri", from: "resource", matches: new RegExp(`^(${guid})$`, "i"), to: "api://$1" },
    ],
    providerAudiences: {
      "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
      "https://graph.microsoft.com": "Microsoft Graph",
      "https://graph.microsoft.com/": "Microsoft Graph",
    },
    scopes: [["scp"]],
    scopeAlias: "{resource}/{scope}",
  },
  // `sub` differs from application to application; tenant and object id together do not.
  identity: { subject: [[["tid"], ["oid"]]], workspace: [["tid"]], email: [["email"]] },
  errors: entraErrors,
};
