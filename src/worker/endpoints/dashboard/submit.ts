// Every form's way: parse by the schema, do the operation, go on; or the same page again with what is wrong.
import type * as z from "zod";
import { errorStatus } from "../../../contract/management/error.ts";
import { AdminError } from "../../admin/errors.ts";
import type { Field, FormState } from "../../ui/dashboard/fields.ts";
import { type Content, framed } from "../../ui/dashboard/frame.tsx";
import { errorsOf, typedIn } from "./form-body.ts";
import type { Action } from "./mount.ts";

export interface Submission<T extends z.ZodType> {
  fields: readonly Field[];
  schema: T;
  /** What the form said, for the schema. */
  body: unknown;
  run(parsed: z.output<T>): Promise<Response>;
  /** The page of the form, with what was typed and what is wrong. */
  again(state: FormState): Content | Promise<Content>;
}

export async function submit<T extends z.ZodType>(call: Action, submission: Submission<T>): Promise<Response> {
  const { fields, schema, body, run, again } = submission;
  const parsed = schema.safeParse(body);
  if (!parsed.success) return shown(422, errorsOf(fields, parsed.error));
  try {
    return await run(parsed.data);
  } catch (error) {
    if (!(error instanceof AdminError) || error.code === "not_found") throw error;
    return shown(errorStatus[error.code], errorsOf(fields, error));
  }

  async function shown(status: number, wrong: Pick<FormState, "errors" | "problem">): Promise<Response> {
    return framed(status, call.frame, await again({ values: typedIn(fields, call.form), ...wrong }));
  }
}

export function pageIn(query: URLSearchParams): { page: number; pageSize: number } {
  const page = Number(query.get("page") ?? "1");
  return { page: Number.isInteger(page) && page > 0 && page <= 1_000_000 ? page : 1, pageSize: 50 };
}

/** For choices: so many are offered. */
export const everything = { page: 1, pageSize: 200 };
