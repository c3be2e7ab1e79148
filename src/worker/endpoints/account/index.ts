// /account: people see which apps act for them, and end what they no longer want.
import { PageError } from "../../oauth/errors.ts";
import type { AccountVisit } from "./context.ts";
import { confirm, confirmAll, revoke, revokeAll, show, signOut } from "./manage.ts";
import { arrive } from "./sign-in.ts";

type Page = (request: Request, visit: AccountVisit) => Promise<Response>;

const pages = {
  "": { GET: show },
  return: { GET: arrive },
  revoke: { GET: confirm, POST: revoke },
  "revoke-all": { GET: confirmAll, POST: revokeAll },
  "sign-out": { POST: signOut },
} satisfies Record<string, Record<string, Page>>;

export type AccountPage = keyof typeof pages;

export async function account(request: Request, name: AccountPage, visit: AccountVisit): Promise<Response> {
  const answers = new Map<string, Page>(Object.entries(pages[name]));
  const answer = answers.get(request.method);
  if (answer) return answer(request, visit);
  throw new PageError(405, "invalid_request", "method_not_allowed", {
    headers: { allow: [...answers.keys()].join(", ") },
  });
}
