// One row of the management API's table, and what rows have in common.
import * as z from "zod";
import { noQuery, nothing, reference } from "./fields.ts";
import { listQuery } from "./page.ts";

/** Who may: the deployment's own token, an organization's admin, or anyone who may read it. Each includes the former. */
export type Access = "deployment" | "admin" | "viewer";

export interface Route<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> {
  method: "get" | "post" | "put" | "patch" | "delete";
  /** Below `/api/v1`, parameters in braces. */
  path: string;
  summary: string;
  access: Access;
  params: P;
  query: Q;
  body: B;
  status: 200 | 201 | 204;
  answer: A;
}

export const none = z.object({});
export const org = z.object({ orgId: reference });

export const orgPath = "/organizations/{orgId}";

export const read = { method: "get", access: "viewer", query: noQuery, body: nothing, status: 200 } as const;
export const list = { ...read, query: listQuery } as const;
export const create = { method: "post", access: "admin", query: noQuery, status: 201 } as const;
export const update = { method: "patch", access: "admin", query: noQuery, status: 200 } as const;
export const remove = {
  method: "delete",
  access: "admin",
  query: noQuery,
  body: nothing,
  status: 204,
  answer: nothing,
} as const;
