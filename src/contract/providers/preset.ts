// What a provider preset says: how one authorization server differs from the next, as data that one evaluator reads.
import type { DiagnosisId } from "../diagnoses.ts";
import { type AccessTokenRules, type ClaimPath, type ProviderCall, usualAccessToken } from "./access-token.ts";
import type { PresetField } from "./fields.ts";

/** Where a discovery document may lie relative to the authorization server URL (OIDC Discovery §4, RFC 8414 §3.1). */
export type DiscoveryForm = "oidc-append" | "oidc-insert" | "oauth-insert" | "oauth-append";

export type AuthMethod = "client_secret_basic" | "client_secret_post" | "private_key_jwt";

export type Step = "authorize" | "token" | "refresh";

export interface ProviderPreset {
  /** The profile's `providerType`. */
  id: string;
  /** For people. */
  name: string;
  /** Host and path of URLs that are this provider's. */
  recognise: readonly RegExp[];
  /** What an operator fills in, in this order. */
  fields: readonly PresetField[];
  /** What is to be done at the provider, in this order; `{callbackUrl}` is the profile's. */
  checklist: readonly string[];
  /** Whose tokens come through each door. */
  doors: { external: string; embedded: string };
  /** What does not work, and why. */
  limits: readonly string[];
  /** What a diagnosis means here in particular, in the provider's own words. */
  hints: Readonly<Partial<Record<DiagnosisId, string>>>;
  discovery: DiscoveryRules;
  authorize: AuthorizeRules;
  scopes: ScopeRules;
  /** Ways of client authentication, the best first, where the profile does not choose. */
  client: { methods: readonly AuthMethod[] };
  refresh: RefreshRules;
  answer: AnswerRules;
  accessToken: AccessTokenRules;
  identity: {
    /** Alternatives, each made of parts; the first alternative of which every part is present is the stable user. */
    subject: readonly (readonly ClaimPath[])[];
    workspace: readonly ClaimPath[];
    email: readonly ClaimPath[];
  };
  /** Who the bearer of an access token is, where no userinfo endpoint of OpenID Connect says so. */
  userinfo: ProviderCall | null;
  /** What is called when the metadata names no RFC 7009 endpoint. */
  revocation: RevocationCall | null;
  errors: readonly ErrorRule[];
}

export interface DiscoveryRules {
  /** Tried in this order; the first document whose issuer fits is the one. */
  forms: readonly DiscoveryForm[];
  /** Where to look when the profile names nothing. */
  authorizationServer: string | null;
  /** Where its authorization server lies below a host that is named alone; null: anywhere. */
  usualPath: string | null;
  /** What a document writes as its issuer's tenant when it speaks for many, and the path names that ask for those. */
  tenantPlaceholder?: {
    written: string;
    asked: readonly string[];
    /** Addresses whose document names another issuer; the first group of both must be the same text. */
    renamed: readonly { asked: RegExp; documented: RegExp }[];
  };
  /** Metadata members where no document is found, below `{base}`, the authorization server URL. */
  endpoints: Readonly<Record<string, string>> | null;
  /** Members that a document has and that lead elsewhere. */
  replaced: readonly { matches: RegExp; to: string }[];
  /** Issuers whose tokens nobody but the provider may read, and what to use instead. */
  refused: { issuer: RegExp; instead: string } | null;
  /** Where the provider's own API is, made of the token endpoint: the first that fits. */
  apiBase: readonly { matches: RegExp; to: string }[];
}

export interface AuthorizeRules {
  /** How the profile's resource is named, unless the profile says otherwise. */
  audience:
    | { kind: "parameter"; name: "resource" | "audience"; at: readonly Step[] }
    /** With `{resource}` and `{scope}`; OpenID's own scopes stay as they are. */
    | { kind: "scope-prefix"; template: string }
    /** One scope more, with `{resource}`. */
    | { kind: "extra-scope"; template: string }
    /** The authorization server has one audience. */
    | { kind: "fixed" }
    /** Tokens are for no API. */
    | { kind: "none" };
  /** Always sent. */
  parameters: Readonly<Record<string, string>>;
  /** Never sent, whatever the profile says: the provider refuses or misunderstands them. */
  drop: readonly string[];
}

export interface ScopeRules {
  /** Further steps at which the scope is sent. */
  sentAt: readonly Exclude<Step, "authorize">[];
  /** Asked for beside those of profile and server. */
  extra: readonly string[];
  /** What stands between the scopes of an answer, beside blanks. */
  separator: "," | null;
  /** What the provider calls a scope, and what it is called here. */
  names: readonly { matches: RegExp; to: string }[];
}

export interface RefreshRules {
  /**
   * How a refresh token is asked for: by a scope, always or where it is advertised, with `prompt=consent` where it is
   * ignored otherwise (OIDC Core §11); by parameters; or by nothing, because it comes, or does not, by itself.
   */
  ask:
    | { by: "scope"; when: "always" | "advertised"; consent: boolean }
    | { by: "parameters"; parameters: Readonly<Record<string, string>> }
    | { by: "nothing" };
  /** Seconds for which a token that was just used is still answered; 0 means that a fault must not be retried. */
  graceSeconds: number;
}

export interface AnswerRules {
  /** Seconds that an access token lives when neither the answer nor the token says; null: it does not end. */
  lifetime: number | null;
  /** Member names where errors are not told as OAuth tells them. */
  error: readonly { code: string; description: string }[];
  /** The provider's own numbers beside an error: a member of the answer, and how they stand in its text. */
  codes: { member: string; text: RegExp } | null;
  /** Errors by other names, or with other meanings, than OAuth's; only what is listed here changes behaviour. */
  means: readonly { error: string; status?: number; at?: Step; means: "invalid_grant" | "invalid_client" }[];
}

/** A request with one token; addresses as in ProviderCall. */
export interface RevocationCall {
  method: "POST" | "DELETE";
  url: string;
  token: "refresh" | "access";
  /** The member of the JSON body that holds the token. */
  member: string;
  authentication: "none" | "client_secret_basic";
}

/** What a provider says, and what it means. Every member that is there must fit; patterns are sources of expressions. */
export interface ErrorRule {
  /** Where it is seen; anywhere when absent. `page` is a page that the provider shows and never comes back from. */
  at?: Step | "page" | "discovery";
  error?: string;
  /** Of the description, or of the page's text. */
  description?: string;
  /** Of one of the provider's own codes. */
  code?: string;
  diagnosis: DiagnosisId;
}

export const usualAnswer: AnswerRules = { lifetime: null, error: [], codes: null, means: [] };

/** What most providers do; a preset says what it does otherwise. */
export const usualPreset = {
  recognise: [],
  limits: [],
  hints: {},
  discovery: {
    forms: ["oidc-append", "oauth-insert"],
    authorizationServer: null,
    usualPath: null,
    endpoints: null,
    replaced: [],
    refused: null,
    apiBase: [],
  },
  authorize: { audience: { kind: "fixed" }, parameters: {}, drop: [] },
  scopes: { sentAt: [], extra: [], separator: null, names: [] },
  client: { methods: ["client_secret_basic", "client_secret_post", "private_key_jwt"] },
  refresh: { ask: { by: "scope", when: "advertised", consent: false }, graceSeconds: 0 },
  answer: usualAnswer,
  accessToken: usualAccessToken,
  identity: { subject: [[["sub"]]], workspace: [["org_id"]], email: [["email"]] },
  userinfo: null,
  revocation: null,
  errors: [],
} as const satisfies Partial<ProviderPreset>;

export const resourceAtEachStep = {
  kind: "parameter",
  name: "resource",
  at: ["authorize", "token", "refresh"],
} as const satisfies AuthorizeRules["audience"];
