// The shape of one provider's cases: what it publishes, the profile an operator would save, tokens and their verdicts.

/** Epoch seconds at which every case is judged. */
export const casesClock = 1_795_262_400;

/** A published key without its numbers: those are the test's own. */
export interface PublishedKey {
  kid: string;
  use: string;
  alg?: string;
  /** For which issuer the key signs, where a provider says so. */
  issuer?: string;
}

export interface ProviderCase {
  name: string;
  header?: Record<string, string>;
  claims?: Record<string, unknown>;
  /** A token that no key of the test signs. */
  token?: string;
  /** Who it stands for, or the reason of the refusal. */
  expected: { subject: string; workspace: string | null; scope: string } | string;
}

export interface ProviderCases {
  preset: string;
  metadata: { issuer: string; authorization_endpoint: string; token_endpoint: string; [member: string]: unknown };
  keys: PublishedKey[];
  furtherIssuer?: { issuer: string; keys: PublishedKey[] };
  profile: Record<string, unknown>;
  /** Of the server. */
  scopes: string[];
  cases: ProviderCase[];
}
