// What a provider preset says: how one authorization server differs from the next, as data that one evaluator reads.

/** Where a discovery document may lie relative to the authorization server URL (OIDC Discovery §4, RFC 8414 §3.1). */
export type DiscoveryForm = "oidc-append" | "oidc-insert" | "oauth-insert" | "oauth-append";

/**
 * Member names from the outside in. `*` is the value of the only member, `*key` the name of the only member, and
 * digits are an index where the value is a list. An array, because claim names may hold dots and slashes.
 */
export type ClaimPath = readonly string[];

export interface ProviderPreset {
  /** The profile's `providerType`. */
  id: string;
  /** For people. */
  name: string;
  discovery: {
    /** Tried in this order; the first document whose issuer fits is the one. */
    forms: readonly DiscoveryForm[];
    /** What a document writes as its issuer's tenant when it speaks for many, and the path names that ask for those. */
    tenantPlaceholder?: { written: string; asked: readonly string[] };
  };
  authorize: {
    /** How the profile's `resource` is asked for, unless the profile says otherwise. */
    resourceParameter: "resource" | "audience" | "none";
    /** `when_advertised`: ask for offline_access and consent if the metadata lists that scope; `never`: do not ask. */
    offlineAccess: "when_advertised" | "never";
  };
  refresh: {
    /** How long a refresh token that was just used is still answered; 0 means that a fault must not be retried. */
    graceSeconds: number;
  };
  accessToken: AccessTokenRules;
  identity: {
    /** Alternatives, each made of parts; the first alternative of which every part is present is the stable user. */
    subject: readonly (readonly ClaimPath[])[];
    workspace: readonly ClaimPath[];
    email: readonly ClaimPath[];
  };
  /** What is called when the metadata names no RFC 7009 endpoint: a JSON POST below the issuer, or nothing. */
  revocation: { path: string; refreshTokenMember: string } | null;
}

/** What tells an access token of a person, meant for the profile's API, from everything else that verifies. */
export interface AccessTokenRules {
  /** `typ` of the header in lower case and without `application/`; null stands for a header without it. */
  headerTypes: readonly (string | null)[];
  /** A claim whose text fits shows that the token is something else. */
  refuse: readonly TokenMark[];
  /** Claims without which, or with another text, the token is something else. */
  require: readonly { claim: ClaimPath; matches?: RegExp }[];
  /** Where token issuers are made of a tenant; null: the metadata's issuer is the only one. */
  tenants: TenantIssuers | null;
  /** The first of these claims that is present decides. */
  audience: readonly AudienceRule[];
  /** Further values for `audience`, made out of what the profile holds. */
  derived: readonly DerivedValue[];
  /** Where scopes stand, as a text or a list. */
  scopes: readonly ClaimPath[];
  /** What a scope of the token is also called where the profile or server writes it in full; null: nothing else. */
  scopeAlias: string | null;
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

export interface AudienceRule {
  claim: ClaimPath;
  /** `{resource}`, `{acceptedClientIds}`, `{agentOrigins}`, or a derived value; one that is missing matches nothing. */
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

/** Most providers write `JWT`, RFC 9068 writes `at+jwt`, some write nothing. */
export const usualHeaderTypes = [null, "jwt", "at+jwt"] as const;

export const audienceIsResource: AudienceRule = { claim: ["aud"], accept: ["{resource}"], field: "resource" };

/** For tokens without an audience: whose client they were issued to, from an explicit list. */
export const clientIsAccepted: AudienceRule = {
  claim: ["client_id"],
  accept: ["{acceptedClientIds}"],
  field: "acceptedClientIds",
};

/** A JWT as RFC 9068 has it, with the audience in `aud` and nowhere else. */
export const usualAccessToken: AccessTokenRules = {
  headerTypes: usualHeaderTypes,
  refuse: [],
  require: [],
  tenants: null,
  audience: [audienceIsResource],
  derived: [],
  scopes: [["scope"], ["scp"]],
  scopeAlias: null,
};
