// What a provider's own error means: one word for the same mistake everywhere, with its cause and its fix.
import { accessDiagnoses } from "./diagnoses/access.ts";
import { clientDiagnoses } from "./diagnoses/client.ts";
import { tokenDiagnoses } from "./diagnoses/token.ts";
import type { Reason } from "./reasons/reason.ts";

const table = { ...clientDiagnoses, ...accessDiagnoses, ...tokenDiagnoses };

/** A reason code says at which step something failed; a diagnosis says what is wrong at the provider. */
export type DiagnosisId = keyof typeof table;

/** Cause and fix of every diagnosis. A preset may add what to do at its own provider. */
export const diagnoses: Record<DiagnosisId, Reason> = table;

export const diagnosisIds = Object.keys(table);

/** For text that may be older or newer than the vocabulary. */
export function isDiagnosis(text: string): text is DiagnosisId {
  return Object.hasOwn(diagnoses, text);
}
