// The fields of a gateway profile as flags: kebab-case of the REST names, with what each is for.
import * as z from "zod";
import { type GatewayUpdate, gatewayUpdate } from "../../contract/management/gateways.ts";
import { providerPresetIds } from "../../contract/providers.ts";
import { UsageFailure } from "../failure.ts";
import { choice, duration, flagName, json, onOff, text, url, words, yes } from "../flags.ts";
import { readStandardInput } from "../standard-input.ts";

const { tokenEndpointAuthMethod, resourceParameter } = gatewayUpdate.shape;
const methods = tokenEndpointAuthMethod.unwrap().unwrap().options;
const parameters = resourceParameter.unwrap().unwrap().options;

/** Set as they are typed. The compiler holds this list to the REST object: a new field needs a flag. */
const plain = {
  authorizationServerUrl: url("issuer or base URL of the authorization server; discovery starts here", {
    aliases: ["--auth-server-url"],
  }),
  metadataUrl: url("an exact discovery document, when discovery must not guess"),
  authorizationEndpoint: url("when discovery is missing or non-standard"),
  tokenEndpoint: url("when discovery is missing or non-standard"),
  jwksUri: url("keys that sign the provider's tokens, when the metadata does not say"),
  issuer: url("issuer, when the metadata does not say"),
  registrationEndpoint: url("where the gateway may register itself when there is no client id yet"),
  clientId: text("client that is registered with the provider", { value: "id" }),
  tokenEndpointAuthMethod: choice(asTuple(methods), "how the client authenticates"),
  resource: text("API audience that the provider expects in tokens", { value: "uri" }),
  resourceParameter: choice(asTuple(parameters), "how the resource is asked for; the provider's preset decides"),
  scopes: words('downstream scopes: "openid profile email", or with commas', { value: "scopes" }),
  subjectClaim: text("claim that is the stable user", { value: "claim" }),
  workspaceClaim: text("claim that is the user's workspace", { value: "claim" }),
  emailClaim: text("claim that is the user's e-mail address", { value: "claim" }),
  accessTokenTtl: duration("lifetime of the gateway's access tokens (1h)"),
  grantIdleTtl: duration("how long a sign-in lasts without use (30d)"),
  grantMaxTtl: duration("how long a sign-in lasts at most (90d)"),
  allowedTenants: words("tenants whose app tokens are accepted", { value: "ids" }),
  acceptedClientIds: words("client ids whose app tokens are accepted where tokens have no audience", { value: "ids" }),
  tokenIssuers: json('further issuers of app tokens: [{"issuer":"https://…","jwksUri":"https://…"}]'),
  enterpriseIssuers: json('whose identity assertions (ID-JAG) are taken: [{"issuer":"https://…"}]; [] for none'),
} satisfies Record<Exclude<keyof GatewayUpdate, keyof typeof others | "name">, z.ZodType>;

/** How the fields are given that are not set as they are typed. */
const others = {
  providerType: ["provider"],
  clientSecret: ["clientSecret", "clientSecretStdin"],
  dropPreviousClientSecret: ["dropPreviousClientSecret"],
  clientPolicy: [
    ...(["clientPolicy", "dynamicRegistration", "metadataDocuments", "advertiseIss"] as const),
    ...(["allowedRedirectHosts", "allowedRedirectSchemes"] as const),
  ],
} as const;

export const gatewaySettings = {
  provider: text(`preset of the authorization server: ${providerPresetIds.join(", ")}`, {
    value: "preset",
    choices: providerPresetIds,
    field: "providerType",
  }),
  ...plain,
  clientSecretStdin: yes("read the client secret from standard input"),
  clientSecret: text("the client secret; prefer --client-secret-stdin, since others may see a command line", {
    value: "secret",
  }),
  dynamicRegistration: onOff("MCP clients may register themselves (on)"),
  metadataDocuments: onOff("MCP clients may name a metadata document as their id (on)"),
  advertiseIss: onOff("metadata says that answers carry iss (on); off for Codex CLI 0.143 to 0.146"),
  allowedRedirectHosts: words("hosts that clients may send people back to; none named allows all", { value: "hosts" }),
  allowedRedirectSchemes: words("private-use schemes that clients may send people back to, such as cursor", {
    value: "schemes",
  }),
  clientPolicy: json("clientPolicy as a whole, also with `preregistered` clients"),
};

/** What `update --unset` may clear. */
const clearable = Object.keys(plain).filter((key) => gatewayUpdate.shape[keyOf(key)].safeParse(null).success);

const settings = z.object(gatewaySettings);
export type GatewaySettings = z.output<typeof settings>;

/**
 * The body's fields. Reads standard input when that is asked for.
 * @param warn is told when a secret stands on the command line
 * @throws UsageFailure
 */
export async function fieldsOf(flags: GatewaySettings, warn: (sentence: string) => void): Promise<GatewayUpdate> {
  const { provider, clientSecretStdin, clientSecret, clientPolicy, tokenIssuers, enterpriseIssuers, ...rest } = flags;
  const { dynamicRegistration, metadataDocuments, advertiseIss, ...others } = rest;
  const { allowedRedirectHosts, allowedRedirectSchemes, ...same } = others;
  if (clientSecret !== undefined) {
    if (clientSecretStdin) throw new UsageFailure("give --client-secret or --client-secret-stdin, not both");
    warn("--client-secret stands in the shell's history and in the list of processes; prefer --client-secret-stdin.");
  }
  const back = { allowedRedirectHosts, allowedRedirectSchemes };
  const switches = { dynamicRegistration, metadataDocuments, advertiseIss, ...back };
  const policy = { ...shaped(gatewayUpdate.shape.clientPolicy, clientPolicy, "--client-policy"), ...given(switches) };
  return {
    ...given(same),
    ...given({
      providerType: provider,
      tokenIssuers: shaped(gatewayUpdate.shape.tokenIssuers, tokenIssuers, "--token-issuers"),
      enterpriseIssuers: shaped(gatewayUpdate.shape.enterpriseIssuers, enterpriseIssuers, "--enterprise-issuers"),
      clientSecret: clientSecretStdin ? await readStandardInput("--client-secret-stdin") : clientSecret,
    }),
    ...(Object.keys(policy).length > 0 && { clientPolicy: policy }),
  };
}

/** Fields that are to be nothing again. @throws UsageFailure that names the fields which can be cleared */
export function clearedOf(names: readonly string[]): GatewayUpdate {
  const cleared = names.map((name) => {
    const key = [...clearable, "clientSecret"].find(
      (one) => one === name || flagName(one) === `--${name.replace(/^--/, "")}`,
    );
    if (key) return [key, null];
    const known = [...clearable, "clientSecret"].map((one) => flagName(one).slice(2)).join(", ");
    throw new UsageFailure(`--unset ${name} cannot be cleared`, { expected: known });
  });
  return gatewayUpdate.parse(Object.fromEntries(cleared));
}

/** Without the members that were not given. */
function given<T extends object>(fields: T): Partial<T> {
  const kept: Partial<T> = { ...fields };
  for (const key in kept) if (kept[key] === undefined) delete kept[key];
  return kept;
}

/** JSON is checked here as well, so that a mistake in it is a matter of usage and names its place. */
function shaped<T extends z.ZodType>(schema: T, value: unknown, flag: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageFailure(`${flag} ${[issue?.path.join("."), issue?.message].filter(Boolean).join(" ")}`);
}

function keyOf(key: string): keyof typeof gatewayUpdate.shape {
  return gatewayUpdate.keyof().parse(key);
}

/** As a list that has a first member, which is what a choice is. */
function asTuple<T extends string>([first, ...more]: readonly T[]): [T, ...T[]] {
  if (first === undefined) throw new Error("a choice of nothing");
  return [first, ...more];
}
