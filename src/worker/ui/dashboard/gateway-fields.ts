// The fields of a gateway profile, in the groups that an operator meets them.
import { type PresetField, type ProviderPreset, providerPresets } from "../../../contract/providers.ts";
import type { Field } from "./fields.ts";

const presetOptions = providerPresets.map((preset) => ({ value: preset.id, label: preset.name }));
const byPreset = { value: "", label: "As the provider's preset says" };

const providerFields: readonly Field[] = [
  { name: "name", label: "Name", kind: "text", required: true, hint: "Shown to people, such as Support Gateway." },
  { name: "providerType", label: "Provider", kind: "choice", options: presetOptions },
  {
    name: "authorizationServerUrl",
    label: "Authorization server URL",
    kind: "url",
    hint: "The issuer or base URL, such as https://auth.example.com. Discovery starts here.",
  },
  {
    name: "clientId",
    label: "Client ID",
    kind: "url",
    hint: "Of the web application that is registered at the provider for this gateway.",
  },
  {
    name: "clientSecret",
    label: "Client secret",
    kind: "secret",
    hint: "Sealed and never shown again. Left empty, nothing changes.",
  },
  {
    name: "resource",
    label: "Resource or audience",
    kind: "url",
    hint: "The API audience that the provider writes into tokens, such as https://api.example.com.",
  },
  {
    name: "scopes",
    label: "Scopes",
    kind: "list",
    hint: "Between blanks. Start with openid profile email.",
  },
];

const discoveryFields: readonly Field[] = [
  { name: "metadataUrl", label: "Metadata URL", kind: "url", hint: "An exact discovery document." },
  { name: "authorizationEndpoint", label: "Authorization endpoint", kind: "url" },
  { name: "tokenEndpoint", label: "Token endpoint", kind: "url" },
  { name: "jwksUri", label: "JWKS URI", kind: "url" },
  { name: "issuer", label: "Issuer", kind: "url", hint: "Where the metadata's own issuer differs from its address." },
  {
    name: "registrationEndpoint",
    label: "Registration endpoint",
    kind: "url",
    hint: "Where the gateway may register itself (RFC 7591) while there is no client ID.",
  },
];

const authMethods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

const detailFields: readonly Field[] = [
  {
    name: "tokenEndpointAuthMethod",
    label: "Client authentication",
    kind: "choice",
    options: [
      { value: "", label: "As the provider's metadata says" },
      ...authMethods.map((value) => ({ value, label: value })),
    ],
  },
  {
    name: "resourceParameter",
    label: "How the resource is asked for",
    kind: "choice",
    options: [byPreset, ...["resource", "audience", "none"].map((value) => ({ value, label: value }))],
  },
  { name: "subjectClaim", label: "Subject claim", kind: "url", hint: "Which claim is the stable user." },
  { name: "workspaceClaim", label: "Workspace claim", kind: "url" },
  { name: "emailClaim", label: "E-mail claim", kind: "url" },
  { name: "accessTokenTtl", label: "Access token lifetime, seconds", kind: "number", hint: "60 to 86400." },
  {
    name: "grantIdleTtl",
    label: "Grant ends when unused for, seconds",
    kind: "number",
    hint: "3600 or more; 30 days are 2592000.",
  },
  { name: "grantMaxTtl", label: "Grant ends after, seconds", kind: "number", hint: "90 days are 7776000." },
];

const policyFields: readonly Field[] = [
  {
    name: "clientPolicy.dynamicRegistration",
    label: "MCP clients may register themselves (RFC 7591)",
    kind: "switch",
  },
  {
    name: "clientPolicy.metadataDocuments",
    label: "MCP clients may be a metadata document (client ID is a URL)",
    kind: "switch",
  },
  {
    name: "clientPolicy.advertiseIss",
    label: "Metadata says that answers carry iss (RFC 9207)",
    kind: "switch",
    hint: "They carry it in any case. Off helps Codex CLI 0.143 to 0.146 only, which lose it and then miss it.",
  },
  {
    name: "clientPolicy.allowedRedirectHosts",
    label: "Allowed redirect hosts",
    kind: "lines",
    hint: "One per line, such as claude.ai; empty allows any. Loopback is always allowed.",
  },
  {
    name: "clientPolicy.allowedRedirectSchemes",
    label: "Allowed private redirect schemes",
    kind: "lines",
    hint: "One per line, such as cursor or vscode; empty allows none. Any program on a person's computer can claim one.",
  },
];

const enterpriseFields: readonly Field[] = [
  {
    name: "enterpriseIssuers",
    label: "Enterprise issuers",
    kind: "issuers",
    hint: "Identity providers whose ID-JAG brings a token without a consent page. One per line: the issuer, then its JWKS URI and tenants if need be.",
  },
];

const embeddedFields: readonly Field[] = [
  { name: "allowedTenants", label: "Allowed tenants", kind: "lines", hint: "One per line; empty allows any." },
  {
    name: "acceptedClientIds",
    label: "Accepted client IDs",
    kind: "lines",
    hint: "For app tokens without an audience. One per line.",
  },
  {
    name: "tokenIssuers",
    label: "Further token issuers",
    kind: "pairs",
    hint: "One per line: issuer, a blank, JWKS URI.",
  },
];

export const gatewayFields: readonly Field[] = [
  ...providerFields,
  ...discoveryFields,
  ...detailFields,
  ...policyFields,
  ...enterpriseFields,
  ...embeddedFields,
];

const signInScopes = ["openid", "profile", "email"];

/** What a new form starts with: of the scopes, those of OpenID Connect that this provider knows. */
export function gatewayStart(preset: ProviderPreset): ReadonlyMap<string, string> {
  const example = preset.fields.find(({ name }) => name === "scopes")?.example ?? "";
  return new Map([
    ["scopes", signInScopes.filter((scope) => example.split(" ").includes(scope)).join(" ")],
    ["clientPolicy.dynamicRegistration", "true"],
    ["clientPolicy.metadataDocuments", "true"],
    ["clientPolicy.advertiseIss", "true"],
  ]);
}

const groups = [
  { title: "Provider", fields: providerFields },
  { title: "Discovery by hand", fields: discoveryFields },
  { title: "Claims, parameters and lifetimes", fields: detailFields },
  { title: "MCP clients", fields: policyFields },
  { title: "Enterprise-managed authorization", fields: enterpriseFields },
  { title: "Embedded apps", fields: embeddedFields },
];

/** The name, and what this preset needs, in its order and in its provider's own words. */
export function fieldsOfPreset(preset: ProviderPreset): Field[] {
  const inItsWords = preset.fields.flatMap((told) => {
    const field = gatewayFields.find(({ name }) => name === told.name);
    return field ? [asTold(field, told)] : [];
  });
  return [...gatewayFields.filter(({ name }) => name === "name"), ...inItsWords];
}

const formats: Partial<Record<Field["kind"], string>> = {
  lines: "One per line.",
  pairs: "One per line: issuer, a blank, JWKS URI.",
};

function asTold(field: Field, { label, example, where, needed }: PresetField): Field {
  const kept = field.kind === "secret" ? "Sealed and never shown again; left empty, nothing changes." : null;
  const format = formats[field.kind] ?? null;
  const such = field.kind === "secret" ? null : `Such as ${example}`;
  const hint = [`${where}.`, kept, format, such].filter((part) => part !== null).join(" ");
  return {
    ...field,
    label,
    hint,
    ...(needed === "embedded" && { mark: "for embedded apps" }),
    bare: needed === "always",
  };
}

/** Everything else of a profile. The preset itself is chosen before its fields are shown. */
export function furtherFields(preset: ProviderPreset): { title: string; fields: Field[] }[] {
  const asked = new Set<string>(["name", "providerType", ...preset.fields.map(({ name }) => name)]);
  return groups
    .map(({ title, fields }) => ({ title, fields: fields.filter(({ name }) => !asked.has(name)) }))
    .filter(({ fields }) => fields.length > 0);
}
