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
export function notFound(noun: string, reference: string, field?: string): AdminError {
  return new AdminError(
    "not_found",
    `there is no ${noun} ${JSON.stringify(reference)} here; check the id or list them`,
    field,
  );
}

/** @throws AdminError not_found for none, name_ambiguous for several that are called so */
export function theOnly<T>(found: T[], noun: string, reference: string, field?: string): T {
  const [first, another] = found;
  if (first === undefined) throw notFound(noun, reference, field);
  if (another === undefined) return first;
  const message = `several ${noun}s are called ${JSON.stringify(reference)}; use the id`;
  throw new AdminError("name_ambiguous", message, field);
}
