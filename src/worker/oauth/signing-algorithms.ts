// Which algorithms may sign what others send: providers' tokens, clients' assertions.

/** Asymmetric only: with a shared secret the public key would sign (CVE-2026-22817, CVE-2026-22818). */
export const trustedAlgorithms: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
