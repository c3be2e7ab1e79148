// What a preset says of access tokens: their kinds, issuers, audience and scopes, and how the provider tells of opaque ones.

/**
 * Member names from the outside in. `*` is the value of the only member, `*key` the name of the only member, and
 * digits are an index where the value is a list. An array, because claim names may hold dots and slashes.
 */
export type ClaimPath = readonly string[];

/** What tells an access token of a person, meant for the profile's API, from everything else that verifies. */
export interface AccessTokenRules {
  /** `jwt`: always one where the profile names a resource; `opaque`: never one, so that a JWT is an ID token. */
  format: "jwt" | "opaque" | "either";
  /** `typ` of the header in lower case and without `application/`; null stands for a header without it. */
  headerTypes: readonly (string | null)[];
  /** A claim whose text fits shows that the token is something else. */
  refuse: readonly TokenMark[];
  /** Claims without which, or with another text, the token is something else. */
  require: readonly { claim: ClaimPath; matches?: RegExp }[];
  /** Where token issuers are made of a tenant; null: the metadata's issuer and its aliases are the only ones. */
  tenants: TenantIssuers | null;
  /** Other words for the same issuer, with the same keys, made out of what is known of it. */
  issuerAliases: readonly IssuerAlias[];
  /** The first of these claims that is present decides. */
  audience: readonly AudienceRule[];
  /** Further values for `audience`, made out of what the profile holds. */
  derived: readonly DerivedValue[];
  /** Audiences of the provider's own APIs, by their names: nobody else can verify what is for them. */
  providerAudiences: Readonly<Record<string, string>>;
  /** False where tokens are for no API: then the audience is one of the listed client ids. */
  needsResource: boolean;
  /** Where scopes stand, as a text or a list. */
  scopes: readonly ClaimPath[];
  /** What a scope of the token is also called where the profile or server writes it in full; null: nothing else. */
  scopeAlias: string | null;
  /** How the provider itself is asked about an opaque token; null: RFC 7662, where it is offered. */
  ownCheck: OwnCheck | null;
}

export interface TokenMark {
  claim: ClaimPath;
  matches: RegExp;
  is: "id_token" | "machine" | "other";
}

export interface TenantIssuers {
  /** `{tenant}` is a UUID that must be the tenant claim's; `{tokenOrigin}` is the token endpoint's origin. */
  templates: readonly string[];
  claim: ClaimPath;
  /** What a document or key writes in place of a tenant when it speaks for many. */
  placeholder: string;
  /** Each key may name the issuer that it signs for. */
  keysNameIssuer: boolean;
}

export interface IssuerAlias {
  from: "issuer" | "jwksUri" | "resource";
  matches: RegExp;
  /** With `$1` for the first group. */
  to: string;
}

export interface AudienceRule {
  claim: ClaimPath;
  /**
   * `{resource}`, `{acceptedClientIds}` (the gateway's own among them, in a token that was just issued to it),
   * `{listedClientIds}` (without it), `{agentOrigins}`, or a derived value; one that is missing matches nothing.
   */
  accept: readonly string[];
  /** The profile's field to change when nothing fits. */
  field: "resource" | "acceptedClientIds";
}

export interface DerivedValue {
  name: string;
  from: "resource" | "tokenIssuers";
  matches: RegExp;
  /** With `$1` for the first group. */
  to: string;
}

/** A request to the provider's own API. Addresses are made of `{tokenOrigin}`, `{apiBase}`, `{issuer}`, `{clientId}`. */
export interface ProviderCall {
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Claim names and where the answer has them; what the answer says beside them is not looked at. */
  claims: Readonly<Record<string, ClaimPath>>;
}

/** A question about one token, answered for the one who asks: only a token of the asking client is told of by some. */
export interface OwnCheck extends ProviderCall {
  method: "GET" | "POST";
  /** Where the token goes: a parameter of the query, or a member of a JSON body. */
  token: { in: "query" | "json"; name: string };
  authentication: "none" | "client_secret_basic";
  /** Statuses that mean that the token is not, or no longer, good. */
  inactive: readonly number[];
  /** Seconds for which an answer without an end is good: the provider said so just now. */
  lifetime: number;
}

/** Most providers write `JWT`, RFC 9068 writes `at+jwt`, some write nothing. */
export const usualHeaderTypes = [null, "jwt", "at+jwt"] as const;

export const audienceIsResource: AudienceRule = { claim: ["aud"], accept: ["{resource}"], field: "resource" };

/** For tokens without an audience: whose client they were issued to, from an explicit list. */
export const clientIsAccepted: AudienceRule = {
  claim: ["client_id"],
  accept: ["{acceptedClientIds}"],
  field: "acceptedClientIds",
};

/** Session tokens of some providers are bound to the page's origin and to nothing else. */
export const originIsAgents: AudienceRule = { claim: ["azp"], accept: ["{agentOrigins}"], field: "acceptedClientIds" };

/** A JWT as RFC 9068 has it, with the audience in `aud` and nowhere else. */
export const usualAccessToken: AccessTokenRules = {
  format: "either",
  headerTypes: usualHeaderTypes,
  refuse: [],
  require: [],
  tenants: null,
  issuerAliases: [],
  audience: [audienceIsResource],
  derived: [],
  providerAudiences: {},
  needsResource: true,
  scopes: [["scope"], ["scp"]],
  scopeAlias: null,
  ownCheck: null,
};
