// An error as a page: loaded when a person meets one.
import { type ErrorProps, errorPage } from "./ui/error-page.tsx";
import { page } from "./ui/page.tsx";

export function errorDocument(status: number, props: ErrorProps, headers: Headers): Response {
  return page(status, errorPage(props), [], headers);
}
