// The fields of an MCP server, and of the gateway that can be created together with it.
import type { Field } from "./fields.ts";

const name: Field = { name: "name", label: "Name", kind: "text", required: true, hint: "Shown to people." };
const slug: Field = {
  name: "slug",
  label: "Slug",
  kind: "url",
  required: true,
  hint: "Part of the MCP URL and never changes: a-z, 0-9 and -, such as support-api.",
};
const runtime: readonly Field[] = [
  {
    name: "runtimeUrl",
    label: "Runtime URL",
    kind: "url",
    required: true,
    hint: "Where the MCP server itself answers, such as https://runtime.example.com/mcp.",
  },
  {
    name: "scopes",
    label: "Scopes",
    kind: "list",
    hint: "Asked for at sign-in, between blanks, such as tickets.read. Never openid or offline_access.",
  },
  {
    name: "tools",
    label: "Tools with scopes of their own",
    kind: "tools",
    hint: "One per line: tool, a colon, its scopes. Such as create_ticket: tickets.write. Asked for when it is called.",
  },
  {
    name: "broaderScopes",
    label: "Scopes that include others",
    kind: "tools",
    hint: "One per line: the broader scope, a colon, what it includes. Such as tickets.admin: tickets.read tickets.write.",
  },
  {
    name: "allowedOrigins",
    label: "Allowed web origins",
    kind: "lines",
    hint: "Pages that may call the MCP URL from a browser, one per line. * lets every page call it, with a token as ever.",
  },
];

export const staticHeadersField: Field = {
  name: "staticHeaders",
  label: "Static headers",
  kind: "headers",
  hint: "One per line: Authorization: Bearer … Sealed and never shown again; left empty, nothing changes.",
};

const kind: Field = {
  name: "authentication",
  label: "How callers are known",
  kind: "choice",
  options: [
    { value: "gateway", label: "Gateway: each person with their own grant" },
    { value: "static_headers", label: "Static headers: one shared upstream credential, callers bring an API token" },
  ],
  hint: "Never changes. A gateway is for grants of single people and is refused on a static headers server.",
};

export const serverFields: readonly Field[] = [name, slug, ...runtime, kind, staticHeadersField];
export const serverUpdateFields: readonly Field[] = [name, ...runtime];

/** Of the gateway that a server form may create. */
export const inlineGatewayFields: readonly Field[] = [
  {
    name: "gateway.name",
    label: "Gateway name",
    kind: "text",
    hint: "Filled in, a new gateway is created and attached.",
  },
  {
    name: "gateway.authorizationServerUrl",
    label: "Authorization server URL",
    kind: "url",
    hint: "The issuer, such as https://auth.example.com.",
  },
  { name: "gateway.clientId", label: "Client ID", kind: "url" },
  { name: "gateway.clientSecret", label: "Client secret", kind: "secret", hint: "Sealed and never shown again." },
  { name: "gateway.resource", label: "Resource or audience", kind: "url" },
  { name: "gateway.scopes", label: "Gateway scopes", kind: "list", hint: "Such as openid profile email." },
];

export function gatewayChoice(gateways: readonly { id: string; name: string }[]): Field {
  return {
    name: "gatewayId",
    label: "Gateway",
    kind: "choice",
    options: [{ value: "", label: "none" }, ...gateways.map(({ id, name }) => ({ value: id, label: name }))],
  };
}
