// A refused step of an attempt, as a page that names the attempt.
import type { ReasonCode } from "../../../contract/events.ts";
import { grantIdOf, isGrantId } from "../../../contract/ids.ts";
import { PageError } from "../../oauth/errors.ts";
import type { AttemptPlace } from "../../store/promises/grants.ts";

/** Reasons that say the handle itself was not genuine: what it claims to belong to is then nobody's attempt. */
const unproven: readonly ReasonCode[] = ["attempt_unknown", "state_unknown"];

/** @param handle the ticket or state that the browser brought @param of the attempt, where the handle was genuine */
export function attemptPage(status: number, reason: ReasonCode, handle: string, of?: AttemptPlace): PageError {
  const attempt = grantIdOf(handle);
  const named = !unproven.includes(reason) && isGrantId(attempt);
  return new PageError(status, status === 403 ? "access_denied" : "invalid_request", reason, {
    ...(named && { attempt }),
    ...(of && { line: of }),
  });
}
