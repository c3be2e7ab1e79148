// Scopes that providers list beside, or instead of, those of the APIs that they serve.

/** Scopes that say who a person is and how the sign-in goes, never what an API allows. */
export const signInScopes: readonly string[] = [
  ...["openid", "profile", "email", "address", "phone", "offline_access"],
  // Some providers list single claims as scopes.
  ...["name", "given_name", "family_name", "nickname", "picture", "email_verified", "created_at", "identities"],
  ...["groups", "roles", "web-origins", "acr", "basic", "microprofile-jwt"],
];
