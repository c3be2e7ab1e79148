// Findings: made in one way, free of what must not be shown, bounded in time, and always in the same order.
import { type DiagnosisId, diagnoses } from "../../../contract/diagnoses.ts";
import { type ReasonCode, reasons } from "../../../contract/events.ts";
import { type CheckName, checks, type Finding } from "../../../contract/management/check.ts";
import type { ProviderPreset } from "../../../contract/providers.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import { providerWords } from "../../oauth/provider-words.ts";

export interface Note {
  server?: string | undefined;
  reason?: ReasonCode | undefined;
  diagnosis?: DiagnosisId | undefined;
  expected?: string | undefined;
  seen?: string | undefined;
  field?: string | undefined;
  /** Instead of the diagnosis' or the reason's own, where the value to set is known. */
  fix?: string | undefined;
}

export function finding(check: CheckName, status: Finding["status"], note: Note = {}): Finding {
  const { server = null, reason = null, diagnosis = null, field = null } = note;
  const words = (text: string | null | undefined) => (text === undefined || text === null ? null : providerWords(text));
  const usual = diagnosis ? diagnoses[diagnosis].fix : reason && reasons[reason].fix;
  return {
    check,
    title: checks[check],
    status,
    server,
    reason,
    diagnosis,
    expected: words(note.expected),
    seen: words(note.seen),
    field,
    fix: words(note.fix ?? usual),
  };
}

/** Whatever was thrown, as a failed check. A fault of the gateway itself is told by its name alone. */
export function refusal(check: CheckName, error: unknown, note: Note = {}): Finding {
  if (!(error instanceof DownstreamError)) {
    const seen = error instanceof Error ? error.name : typeof error;
    return finding(check, "fail", { reason: "internal_error", seen, ...note });
  }
  const { expected, seen, field, diagnosis, hint } = error.detail;
  const fix = diagnosis && hint ? `${diagnoses[diagnosis].fix} ${hint}` : undefined;
  return finding(check, "fail", { reason: error.reason, diagnosis, expected, seen, field, fix, ...note });
}

/** A provider's own error with what it means, and what it means at this provider in particular. */
export function advised(
  { hints }: Pick<ProviderPreset, "hints">,
  diagnosis: DiagnosisId,
  reason: ReasonCode = "provider_error",
): Note {
  const hint = hints[diagnosis];
  return { reason, diagnosis, fix: hint ? `${diagnoses[diagnosis].fix} ${hint}` : undefined };
}

/** The findings of `work`, or one failed finding when it throws or takes longer than `limit` milliseconds. */
export async function bounded(
  check: CheckName,
  limit: number,
  work: () => Promise<Finding[]>,
  note: Note = {},
): Promise<Finding[]> {
  const { promise: late, resolve } = Promise.withResolvers<Finding[]>();
  const seen = `no answer within ${limit / 1000} s`;
  const giveUp = () => resolve([finding(check, "fail", { reason: "provider_unavailable", seen, ...note })]);
  const timer = setTimeout(giveUp, limit);
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    return [refusal(check, error, note)];
  } finally {
    clearTimeout(timer);
  }
}

const order = new Map<string, number>(Object.keys(checks).map((check, at) => [check, at]));

/** In the order of the table; servers keep the order in which they were looked at. */
export function ordered(findings: readonly Finding[]): Finding[] {
  const place = ({ check }: Finding) => order.get(check) ?? order.size;
  return findings.toSorted((a, b) => place(a) - place(b));
}
