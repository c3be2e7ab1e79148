// What the account room is handed beyond an ordinary visit.
import type { AccountOperations } from "../../admin/account.ts";
import type { Server, Visit } from "../context.ts";

export interface AccountVisit extends Visit {
  operations: AccountOperations;
  /** The server with this slug, with its URLs; null where there is none. */
  serverOf(slug: string): Promise<Server | null>;
}
