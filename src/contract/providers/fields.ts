// The fields of a profile that a preset asks for: what to call them, an example, and where the operator finds the value.

export type FieldName =
  | "authorizationServerUrl"
  | "clientId"
  | "clientSecret"
  | "resource"
  | "scopes"
  | "allowedTenants"
  | "acceptedClientIds"
  | "tokenIssuers"
  | "workspaceClaim";

export interface PresetField {
  name: FieldName;
  label: string;
  example: string;
  where: string;
  /** `embedded`: only for apps that bring their own tokens; `optional`: the profile works without it. */
  needed: "always" | "embedded" | "optional";
}

type Told = Omit<PresetField, "name" | "label" | "needed"> & Partial<Pick<PresetField, "label" | "needed">>;

const labels: Record<FieldName, string> = {
  authorizationServerUrl: "Authorization server URL",
  clientId: "Client ID",
  clientSecret: "Client secret",
  resource: "Resource or audience",
  scopes: "Scopes",
  allowedTenants: "Allowed tenants",
  acceptedClientIds: "Accepted client IDs",
  tokenIssuers: "Further token issuers",
  workspaceClaim: "Workspace claim",
};

export function field(name: FieldName, told: Told): PresetField {
  return { name, label: labels[name], needed: "always", ...told };
}

export const server = (example: string, where: string, told: Partial<Told> = {}) =>
  field("authorizationServerUrl", { example, where, ...told });

/** Both halves of the gateway's own client. */
export const client = (exampleId: string, where: string, secretWhere = where): PresetField[] => [
  field("clientId", { example: exampleId, where }),
  field("clientSecret", { example: "(its value)", where: secretWhere }),
];

export const resource = (example: string, where: string, told: Partial<Told> = {}) =>
  field("resource", { example, where, ...told });

export const scopes = (example: string, where: string) => field("scopes", { example, where });

export const acceptedClients = (example: string, where: string) =>
  field("acceptedClientIds", { example, where, needed: "embedded" });
