// Lists: which page is asked for, and how a page is answered.
import * as z from "zod";

export const pageQuery = {
  page: z.coerce.number("must be a number").int().min(1).max(1_000_000).default(1),
  pageSize: z.coerce.number("must be a number").int().min(1).max(200).default(50),
};

export const listQuery = z.strictObject(pageQuery);

/** The page that is asked for; pages count from 1. */
export interface PageRequest {
  page: number;
  pageSize: number;
}

/** A page of this item; `total` counts all pages. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    page: z.int(),
    pageSize: z.int(),
    total: z.int(),
  });
}
