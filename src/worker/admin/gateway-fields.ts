// From what an operator sent to what is stored: URLs checked, secrets sealed, policies merged, and what it means.
import {
  type ClientPolicyInput,
  type GatewayCreate,
  type GatewayUpdate,
  gatewayDefaults,
} from "../../contract/management/gateways.ts";
import type { ClientPolicy } from "../oauth/profile.ts";
import { mayBeUsed, refuseRedirect } from "../oauth/redirect-uri.ts";
import type { GatewayRecord } from "../store/promises/gateways.ts";
import { sha256 } from "../tokens/opaque.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError } from "./errors.ts";
import { sent } from "./sent.ts";

type Parts = Pick<AdminDependencies, "sealer" | "checkUrl" | "now">;

export interface FieldChanges {
  fields: Partial<GatewayRecord>;
  /** Another place to find the provider: perhaps another issuer. */
  issuerMayDiffer: boolean;
  /** Another claim is the stable user. */
  subjectDiffers: boolean;
}

const openPolicy: ClientPolicy = {
  dynamicRegistration: true,
  metadataDocuments: true,
  advertiseIss: true,
  allowedRedirectHosts: [],
  allowedRedirectSchemes: [],
  preregistered: [],
};

export async function newGateway(
  parts: Parts,
  id: string,
  organizationId: string,
  body: GatewayCreate,
): Promise<GatewayRecord> {
  const unset = {
    ...{ authorizationServerUrl: null, metadataUrl: null, authorizationEndpoint: null, tokenEndpoint: null },
    ...{ jwksUri: null, issuer: null, pinnedIssuer: null, registrationEndpoint: null, clientId: null },
    ...{ tokenEndpointAuthMethod: null, resource: null, resourceParameter: null },
    ...{ subjectClaim: null, workspaceClaim: null, emailClaim: null },
    ...{ clientSecretsSealed: [], scopes: [], allowedTenants: [], acceptedClientIds: [], tokenIssuers: [] },
    enterpriseIssuers: [],
  };
  const times = { createdAt: parts.now(), updatedAt: parts.now() };
  const blank = {
    id,
    organizationId,
    name: body.name,
    ...gatewayDefaults,
    ...unset,
    clientPolicy: openPolicy,
    ...times,
  };
  const { fields } = await changesOf(parts, blank, body);
  return { ...blank, ...fields };
}

export async function changesOf(parts: Parts, before: GatewayRecord, body: GatewayUpdate): Promise<FieldChanges> {
  checkUrls(parts, body);
  const { clientSecret, dropPreviousClientSecret, clientPolicy, ...settings } = body;
  const fields: Partial<GatewayRecord> = { ...sent(settings), updatedAt: parts.now() };
  const secrets = await secretsAfter(parts, before, clientSecret, dropPreviousClientSecret === true);
  if (secrets !== before.clientSecretsSealed) fields.clientSecretsSealed = secrets;
  if (clientPolicy) fields.clientPolicy = await policyAfter(before.clientPolicy, clientPolicy);
  const after = { ...before, ...fields };
  checkLifetimes(after);
  const issuerFields = [
    "providerType",
    "authorizationServerUrl",
    "metadataUrl",
    "tokenEndpoint",
    "jwksUri",
    "issuer",
  ] as const;
  return {
    fields,
    issuerMayDiffer: issuerFields.some((field) => after[field] !== before[field]),
    subjectDiffers: after.subjectClaim !== before.subjectClaim,
  };
}

const urlFields = [
  "authorizationServerUrl",
  "metadataUrl",
  "authorizationEndpoint",
  "tokenEndpoint",
  "jwksUri",
  "registrationEndpoint",
] as const;

function checkUrls({ checkUrl }: Parts, body: GatewayUpdate): void {
  const check = (field: string, url: string | null | undefined) => {
    const refused = url ? checkUrl(field, url) : null;
    if (refused !== null) throw new AdminError("invalid_field", refused, field);
  };
  for (const field of urlFields) check(field, body[field]);
  body.tokenIssuers?.forEach((entry, index) => {
    check(`tokenIssuers.${index}.jwksUri`, entry.jwksUri);
  });
  body.enterpriseIssuers?.forEach(({ issuer, jwksUri }, index, all) => {
    // Its metadata is asked for the keys when no address is given.
    check(`enterpriseIssuers.${index}.issuer`, jwksUri === undefined ? issuer : null);
    check(`enterpriseIssuers.${index}.jwksUri`, jwksUri);
    const first = all.findIndex((other) => other.issuer === issuer);
    if (first !== index) {
      throw new AdminError("invalid_field", "is on the list already", `enterpriseIssuers.${index}.issuer`);
    }
  });
}

function checkLifetimes(gateway: GatewayRecord): void {
  if (gateway.grantIdleTtl <= gateway.grantMaxTtl) return;
  throw new AdminError("invalid_field", "must not be longer than grantMaxTtl", "grantIdleTtl");
}

/** Newest first, two at most. Repeating the newest changes nothing, so that a retried request keeps the older one. */
async function secretsAfter(
  { sealer }: Parts,
  { id, clientSecretsSealed: sealed }: GatewayRecord,
  secret: string | null | undefined,
  dropPrevious: boolean,
): Promise<string[]> {
  if (secret === null) return [];
  const [newest] = sealed;
  let secrets = sealed;
  if (secret !== undefined && !(newest !== undefined && (await sealer.open("client-secret", id, newest)) === secret)) {
    secrets = [await sealer.seal("client-secret", id, secret), ...sealed].slice(0, 2);
  }
  return dropPrevious ? secrets.slice(0, 1) : secrets;
}

/** What would be refused when it is used is refused when it is saved. */
function checkRedirects(clients: NonNullable<ClientPolicyInput["preregistered"]>): void {
  clients.forEach(({ redirectUris }, client) => {
    redirectUris.forEach((uri, index) => {
      const refused = refuseRedirect(uri) ?? (mayBeUsed(uri) ? null : "is neither https nor http on a loopback host");
      const field = `clientPolicy.preregistered.${client}.redirectUris.${index}`;
      if (refused) throw new AdminError("invalid_field", refused, field);
    });
  });
}

async function policyAfter(before: ClientPolicy, input: ClientPolicyInput): Promise<ClientPolicy> {
  const { preregistered, ...switches } = input;
  const policy = { ...before, ...sent(switches) };
  if (!preregistered) return policy;
  checkRedirects(preregistered);
  const known = new Map(before.preregistered.map((client) => [client.clientId, client.secretHash]));
  const clients = preregistered.map(async ({ clientSecret, ...client }) => {
    const kept = known.get(client.clientId) ?? null;
    const secretHash = clientSecret === undefined ? kept : clientSecret === null ? null : await sha256(clientSecret);
    return { ...client, secretHash };
  });
  return { ...policy, preregistered: await Promise.all(clients) };
}
