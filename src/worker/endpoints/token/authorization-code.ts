// grant_type=authorization_code: exactly once, in the grant's object.
import { isVerifier } from "../../oauth/pkce.ts";
import type { GrantType } from "./grant.ts";

export const authorizationCode: GrantType = {
  type: "authorization_code",
  required: ["code"],
  event: "token",
  unknown: "code_unknown",
  async issue(parameters, proof, { context, server }) {
    const verifier = parameters.get("code_verifier") ?? null;
    // A verifier of the wrong form can match no challenge; judging it like a wrong one keeps P-65's order of proofs.
    const codeVerifier = verifier !== null && isVerifier(verifier) ? verifier : null;
    return context.grants.redeem(parameters.get("code") ?? "", {
      ...proof,
      codeVerifier,
      redirectUri: parameters.get("redirect_uri") ?? null,
      resource: parameters.get("resource") ?? null,
      slug: server.snapshot.slug,
    });
  },
};
