// Gateway profiles: what an operator may set, and what is shown. Secrets go in and never come out.
import * as z from "zod";
import { providerPresetIds } from "../providers.ts";
import { displayName, httpUrl, plainText, scopes, time } from "./fields.ts";

const day = 86_400;
const seconds = (min: number, max: number) =>
  z.int("must be whole seconds").min(min, `must be ${min} seconds or more`).max(max, `must be ${max} seconds or less`);

/** Loopback hosts need not be named. */
const redirectHost = z
  .string()
  .regex(/^(?:[a-z0-9-]+\.)*[a-z0-9-]+$/, "must be a host name in lower case, such as claude.ai")
  .max(253);

const preregisteredClient = z.strictObject({
  clientId: plainText,
  clientName: displayName,
  redirectUris: z.array(z.url("must be an absolute URI").max(2048)).min(1).max(50),
  clientSecret: plainText
    .min(24, "must be 24 characters at least")
    .nullable()
    .optional()
    .describe("Write-only. Left out, the client keeps the secret it has; null makes it a public client."),
});

/** RFC 3986 §3.1 in lower case; what browsers themselves act on is refused with the redirect URI. */
const redirectScheme = z
  .string()
  .regex(
    /^(?!https?$)[a-z][a-z0-9+.-]{0,62}$/,
    "must be a scheme without its colon, such as cursor, and not http or https",
  );

const clientPolicy = z.strictObject({
  dynamicRegistration: z.boolean().optional(),
  metadataDocuments: z.boolean().optional(),
  advertiseIss: z
    .boolean()
    .optional()
    .describe("Whether metadata says that answers carry `iss`. They carry it in any case."),
  allowedRedirectHosts: z.array(redirectHost).max(100).optional(),
  allowedRedirectSchemes: z
    .array(redirectScheme)
    .max(20)
    .optional()
    .describe("Private-use schemes such as `cursor`. Any program on a person's computer can claim one."),
  preregistered: z.array(preregisteredClient).max(100).optional(),
});
export type ClientPolicyInput = z.infer<typeof clientPolicy>;

const enterpriseIssuer = z.strictObject({
  issuer: httpUrl,
  jwksUri: httpUrl.optional().describe("Left out, the issuer's own metadata says where its keys are."),
  tenants: z
    .array(plainText.regex(/^(?!\S*:\/\/)\S+$/, "must be a tenant's id, without blanks"))
    .max(50)
    .optional()
    .describe("Whose users may come, where the issuer serves several tenants; its assertions must then name one."),
});

/** Fields that are shown as they were set. */
const settings = {
  name: displayName,
  providerType: z.enum(providerPresetIds, `must be one of ${providerPresetIds.join(", ")}`),
  authorizationServerUrl: httpUrl.nullable(),
  metadataUrl: httpUrl.nullable(),
  authorizationEndpoint: httpUrl.nullable(),
  tokenEndpoint: httpUrl.nullable(),
  jwksUri: httpUrl.nullable(),
  issuer: httpUrl.nullable(),
  registrationEndpoint: httpUrl.nullable(),
  clientId: plainText.nullable(),
  tokenEndpointAuthMethod: z.enum(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]).nullable(),
  resource: plainText.nullable(),
  resourceParameter: z.enum(["resource", "audience", "none"]).nullable(),
  scopes,
  subjectClaim: plainText.nullable(),
  workspaceClaim: plainText.nullable(),
  emailClaim: plainText.nullable(),
  accessTokenTtl: seconds(60, day),
  grantIdleTtl: seconds(3600, 365 * day),
  grantMaxTtl: seconds(3600, 2 * 365 * day),
  allowedTenants: z.array(plainText).max(200),
  acceptedClientIds: z.array(plainText).max(200),
  tokenIssuers: z.array(z.strictObject({ issuer: httpUrl, jwksUri: httpUrl })).max(20),
  enterpriseIssuers: z
    .array(enterpriseIssuer)
    .max(20)
    .describe("Whose identity assertions (ID-JAG) bring a token without a consent page; empty turns that off."),
};

export const gatewayUpdate = z
  .strictObject({
    ...settings,
    clientPolicy,
    clientSecret: plainText
      .nullable()
      .describe("Write-only. The secret before it stays valid until dropPreviousClientSecret; null removes both."),
    dropPreviousClientSecret: z.literal(true),
  })
  .partial();
export type GatewayUpdate = z.infer<typeof gatewayUpdate>;

export const gatewayCreate = gatewayUpdate.omit({ dropPreviousClientSecret: true }).required({ name: true });
export type GatewayCreate = z.infer<typeof gatewayCreate>;

/** What a field is when it was never set. Null leaves the choice to the provider's preset or to discovery. */
export const gatewayDefaults = {
  providerType: "manual",
  accessTokenTtl: 3600,
  grantIdleTtl: 30 * day,
  grantMaxTtl: 90 * day,
} as const;

export const gatewayView = z.object({
  id: z.string(),
  organizationId: z.string(),
  ...settings,
  callbackUrl: z.string().describe("Register exactly this at the provider."),
  pinnedIssuer: z.string().nullable().describe("The issuer that users of this profile are keyed under."),
  hasClientSecret: z.boolean(),
  hasPreviousClientSecret: z.boolean(),
  clientPolicy: z.object({
    dynamicRegistration: z.boolean(),
    metadataDocuments: z.boolean(),
    advertiseIss: z.boolean(),
    allowedRedirectHosts: z.array(z.string()),
    allowedRedirectSchemes: z.array(z.string()),
    preregistered: z.array(
      z.object({
        clientId: z.string(),
        clientName: z.string(),
        redirectUris: z.array(z.string()),
        hasClientSecret: z.boolean(),
      }),
    ),
  }),
  servers: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string() })),
  warnings: z
    .array(z.object({ field: z.string(), message: z.string(), suggested: z.string() }))
    .describe("What is saved but looks wrong, and what the field probably should be."),
  createdAt: time,
  updatedAt: time,
});
export type GatewayView = z.infer<typeof gatewayView>;

export const gatewayUpdated = gatewayView.extend({
  grantsEnded: z.int().describe("Grants that end because the change means other users: another issuer or subject."),
});
export type GatewayUpdated = z.infer<typeof gatewayUpdated>;
