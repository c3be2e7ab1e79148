// A provider's error: what it said, what that means by the preset's rules, and what an operator can look up there.
import type { DiagnosisId } from "../../contract/diagnoses.ts";
import { type ErrorRule, type ProviderPreset, usualErrors } from "../../contract/providers.ts";
import type { RefusalDetail } from "./errors.ts";
import { providerError, providerWords } from "./provider-words.ts";

/** In the provider's words, before anything is made of them. */
export interface ProviderFailure {
  error: string;
  description: string | null;
  /** The provider's own numbers or names for what happened. */
  codes: readonly string[];
  /** Error and description, made safe, with what names the event in the provider's own log. */
  seen: string;
}

type Answer = ProviderPreset["answer"];
type Members = Readonly<Record<string, unknown>>;

/** What providers call the name of an event in their own logs. */
const traces = ["trace_id", "correlation_id", "errorId", "request_id"];

/** The error that an answer holds, in OAuth's members or in the preset's; null when it holds none. */
export function failureIn(answer: Members, rules: Pick<Answer, "error" | "codes">): ProviderFailure | null {
  const standard = { code: "error", description: "error_description" };
  const named = [standard, ...rules.error].find(({ code }) => text(answer[code]) !== null);
  if (!named) return null;
  const error = text(answer[named.code]) ?? "";
  const description = text(answer[named.description]);
  const found = traces.flatMap((name) => {
    const value = text(answer[name]);
    return value === null ? [] : [`${name} ${value.slice(0, 64)}`];
  });
  return {
    error,
    description,
    codes: [error, ...codesIn(answer, description, rules.codes)],
    seen: seenOf(error, description, found),
  };
}

/** The first rule that fits, the preset's own before those of all; null when nothing is known of it. */
export function diagnose(
  preset: Pick<ProviderPreset, "errors">,
  at: NonNullable<ErrorRule["at"]>,
  failure: Pick<ProviderFailure, "description" | "codes"> & { error: string | null },
): DiagnosisId | null {
  const fits = (rule: ErrorRule) =>
    (rule.at === undefined || rule.at === at) &&
    (rule.error === undefined || rule.error === failure.error) &&
    (rule.description === undefined || new RegExp(rule.description, "i").test(failure.description ?? "")) &&
    (rule.code === undefined || failure.codes.some((code) => new RegExp(rule.code ?? "").test(code)));
  return [...preset.errors, ...usualErrors].find(fits)?.diagnosis ?? null;
}

/** A diagnosis with what it means at this provider in particular, as a refusal carries it. */
export function advice(
  preset: Pick<ProviderPreset, "hints">,
  diagnosis: DiagnosisId | null,
): Pick<RefusalDetail, "diagnosis" | "hint"> {
  if (diagnosis === null) return {};
  const hint = preset.hints[diagnosis];
  return { diagnosis, ...(hint !== undefined && { hint }) };
}

/** The OAuth error that an error of this provider stands for: behaviour follows it, and never a number or a text. */
export function meaningOf(
  { means }: Pick<Answer, "means">,
  at: NonNullable<ErrorRule["at"]>,
  error: string,
  status: number,
): string {
  const known = means.find(
    (one) =>
      one.error === error &&
      (one.at === undefined || one.at === at) &&
      (one.status === undefined || one.status === status),
  );
  return known?.means ?? error;
}

function codesIn(answer: Members, description: string | null, rules: Answer["codes"]): string[] {
  if (rules === null) return [];
  const listed = answer[rules.member];
  const members = Array.isArray(listed) ? listed.map(String) : [];
  return [...members, ...Array.from((description ?? "").matchAll(rules.text), (found) => found[1] ?? "")];
}

/** What names the event is kept whole, whatever it costs the description. */
function seenOf(error: string, description: string | null, found: readonly string[]): string {
  const words = providerError(error, description);
  const named = providerWords(found.filter((one) => !words.includes(one.split(" ")[1] ?? "")).join(", "));
  if (named === "") return words;
  return `${providerWords(words.slice(0, Math.max(0, 490 - named.length)))}; ${named}`;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
