// How a command fails: what is wrong, the field it is about, what was expected and seen, and what to do.

interface FailureDetail {
  /** The REST object's field, as a path such as `tools.0.name`. */
  field?: string | undefined;
  expected?: string | undefined;
  seen?: string | undefined;
  /** A reason or error code. */
  code?: string | undefined;
  /** What to change, as one sentence. */
  fix?: string | undefined;
  requestId?: string | undefined;
  attempt?: string | undefined;
}

/** Refused or failed: exit code 1. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  readonly exitCode: number = 1;
  readonly detail: FailureDetail;
  /** The flag that sets the field, where the command has one. */
  flag: string | null = null;

  constructor(message: string, detail: FailureDetail = {}) {
    super(message);
    this.detail = detail;
  }
}

/** Asked for in a way that cannot be understood: exit code 2. */
export class UsageFailure extends Failure {
  override readonly name = "UsageFailure";
  override readonly exitCode = 2;
}

/** Lines below a failure's message, with the flag beside the field where the command has one. */
export function detailLines({ detail, flag }: Failure): [string, string][] {
  const { field, expected, seen, code, fix, requestId, attempt } = detail;
  const lines: [string, string | undefined][] = [
    ["field", field === undefined || flag === null ? field : `${field} (${flag})`],
    ["expected", expected],
    ["seen", seen],
    ["fix", fix],
    ["code", code],
    ["attempt", attempt],
    ["request", requestId],
  ];
  return lines.flatMap(([label, value]): [string, string][] => (value === undefined ? [] : [[label, value]]));
}

/** Why a request never got an answer, in the words of the network: `ECONNREFUSED 127.0.0.1:8787`. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return networkReason(cause.errors[0]);
  if (cause instanceof Error) return cause.message || ("code" in cause ? String(cause.code) : cause.name);
  return error.message;
}
