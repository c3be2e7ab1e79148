// How long the steps of an authorization may take, in seconds.

/** From opening to approval, and again from departure to the provider's answer (P-58). */
export const attemptLifetime = 600;
/** From the code's birth to its redemption (P-65). */
export const codeLifetime = 300;
/** The previous refresh token gets the same successor, and a repeated click the same redirect, for so long. */
export const replayWindow = 60;
