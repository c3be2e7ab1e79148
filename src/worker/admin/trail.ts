// One line of the audit trail, and the shapes in which lists and times leave.
import { idPrefix } from "../../contract/ids.ts";
import type { PageRequest } from "../../contract/management/page.ts";
import type { AuditEntry, Listed } from "../store/promises/operators.ts";
import { newId } from "../tokens/opaque.ts";
import type { Actor } from "./actor.ts";

/** Who did what to what; `fields` are names, never values. */
export function trail(
  actor: Actor,
  organizationId: string,
  action: string,
  target: string,
  at: number,
  fields: string[] = [],
): AuditEntry {
  return { id: newId(idPrefix.audit), organizationId, at, actor: actor.id, action, target, fields };
}

export function isoTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
}

export function paged<T, V>(listed: Listed<T>, request: PageRequest, view: (item: T) => V) {
  return {
    items: listed.items.map(view),
    page: request.page,
    pageSize: request.pageSize,
    total: listed.total,
  };
}
