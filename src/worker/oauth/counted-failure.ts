// Guesses are counted, and so are slowed down: refused requests of one address at one server.
import { addressKey } from "./client-address.ts";
import { WireError } from "./errors.ts";

/** What is needed of a request at a server's door. */
export interface CountedVisit {
  server: { snapshot: { id: string } };
  context: {
    /** True when the caller may go on. */
    allow(limit: "failures", key: string): Promise<boolean>;
  };
}

/**
 * Only failures are counted: users of a hosted client share its addresses and must not shut each other out.
 * @throws WireError 429 in place of the failure's own answer, once there were too many
 */
export async function countFailure({ headers }: { headers: Headers }, visit: CountedVisit): Promise<void> {
  const key = `${visit.server.snapshot.id} ${addressKey(headers.get("cf-connecting-ip"))}`;
  if (await visit.context.allow("failures", key)) return;
  throw new WireError(429, "temporarily_unavailable", "rate_limited", { retryAfter: 60 });
}
