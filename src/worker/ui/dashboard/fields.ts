// Form fields as data: what a page shows and what the room reads back are one list.

/**
 * `list`: words between blanks; `lines`: one per line; `pairs`, `issuers`, `tools`, `members` and `headers`: one per
 * line, with a form of their own. `secret` and `headers` are written and never shown.
 */
export type FieldKind =
  | "text"
  | "url"
  | "secret"
  | "number"
  | "list"
  | "lines"
  | "pairs"
  | "issuers"
  | "tools"
  | "members"
  | "headers"
  | "choice"
  | "switch";

export interface Field {
  /** The REST field, dots for members of an object. */
  name: string;
  label: string;
  hint?: string;
  kind: FieldKind;
  required?: boolean;
  /** What it is for, where not everybody needs it; otherwise a field that may stay empty is called optional. */
  mark?: string;
  /** Nobody needs to be told that it may stay empty. */
  bare?: boolean;
  options?: readonly { value: string; label: string }[];
}

/** What was typed and what is wrong with it. Never holds a secret. */
export interface FormState {
  values: ReadonlyMap<string, string>;
  errors: ReadonlyMap<string, string>;
  /** What is wrong with no single field. */
  problem: string | null;
}

export const emptyForm: FormState = { values: new Map(), errors: new Map(), problem: null };
