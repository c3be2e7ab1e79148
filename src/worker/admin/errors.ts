// How an operator is refused: a code of the management API, a message with the fix, and the field where there is one.
import type { ManagementErrorCode } from "../../contract/management/error.ts";

export class AdminError extends Error {
  override readonly name = "AdminError";
  readonly code: ManagementErrorCode;
  readonly field: string | undefined;

  constructor(code: ManagementErrorCode, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/** Also what another organization's data looks like. */
export function notFound(noun: string, reference: string): AdminError {
  return new AdminError(
    "not_found",
    `there is no ${noun} ${JSON.stringify(reference)} here; check the id or list them`,
  );
}
