// Provider presets: how one authorization server differs from the next, as data that one evaluator reads.

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
  accessToken: {
    /** Claims whose presence with this value shows that a token stands for no person. */
    refuse: readonly { claim: ClaimPath; value: string }[];
  };
  identity: {
    /** Alternatives, each made of parts; the first alternative of which every part is present is the stable user. */
    subject: readonly (readonly ClaimPath[])[];
    workspace: readonly ClaimPath[];
    email: readonly ClaimPath[];
  };
  /** What is called when the metadata names no RFC 7009 endpoint: a JSON POST below the issuer, or nothing. */
  revocation: { path: string; refreshTokenMember: string } | null;
}

const manual: ProviderPreset = {
  id: "manual",
  name: "Any OAuth 2 or OpenID Connect server",
  discovery: { forms: ["oidc-append", "oauth-insert", "oauth-append", "oidc-insert"] },
  authorize: { resourceParameter: "resource", offlineAccess: "when_advertised" },
  refresh: { graceSeconds: 0 },
  accessToken: { refuse: [] },
  identity: {
    subject: [[["sub"]]],
    workspace: [
      ["org_id"],
      ["organization_id"],
      ["tid"],
      ["organization"],
      ["organization", "*"],
      ["organization", "*key"],
    ],
    email: [["email"]],
  },
  revocation: null,
};

const sqlos: ProviderPreset = {
  id: "sqlos",
  name: "SqlOS",
  // Old releases publish only the appended OAuth form; new ones publish the OpenID form as well.
  discovery: { forms: ["oauth-append", "oidc-append"] },
  // A refresh token always comes; asking for offline_access would only be dropped.
  authorize: { resourceParameter: "resource", offlineAccess: "never" },
  refresh: { graceSeconds: 30 },
  accessToken: { refuse: [{ claim: ["token_kind"], value: "service" }] },
  identity: { subject: [[["sub"]]], workspace: [["org_id"]], email: [["email"]] },
  revocation: { path: "/logout", refreshTokenMember: "refreshToken" },
};

/** The presets that work now. */
export const providerPresets = [manual, sqlos] as const;

/** Ids of the presets that work now; a profile with another `providerType` is refused when it is saved. */
export const providerPresetIds: readonly string[] = providerPresets.map((preset) => preset.id);

/** The preset with this id, or null. */
export function findProviderPreset(id: string): ProviderPreset | null {
  return providerPresets.find((preset) => preset.id === id) ?? null;
}
