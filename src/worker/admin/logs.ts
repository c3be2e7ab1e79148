// A gateway's log as an operator reads it: lines with cause and fix, one attempt as a timeline, counts for charts.
import { diagnoses, isDiagnosis } from "../../contract/diagnoses.ts";
import { reasons } from "../../contract/events.ts";
import type { AttemptView, LogLine, LogsQuery, StatsQuery, StatsView } from "../../contract/management/logs.ts";
import type { StoredLine } from "../store/promises/logs.ts";
import { type Actor, enter } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { notFound } from "./errors.ts";
import { findGateway } from "./gateways.ts";
import { paged } from "./trail.ts";

const dayMs = 86_400_000;
/** Lines of one attempt that a timeline shows. */
const longestTimeline = 500;

export function logOperations(parts: AdminDependencies) {
  const { organizations, logs, now } = parts;
  return {
    async list(actor: Actor, orgId: string, reference: string, query: LogsQuery) {
      await enter(organizations, actor, orgId, "viewer");
      const gateway = await findGateway(parts, orgId, reference);
      const { page, pageSize, server, from, to, ...members } = query;
      const filter = { ...members, server: await slugOf(parts, orgId, server), from: msOf(from), to: msOf(to) };
      const found = await logs.find(gateway.id, filter, { offset: (page - 1) * pageSize, limit: pageSize });
      return paged({ items: found.lines, total: found.total }, query, lineView);
    },

    /** @throws AdminError not_found for an attempt of another gateway too */
    async attempt(actor: Actor, orgId: string, reference: string, attemptId: string): Promise<AttemptView> {
      await enter(organizations, actor, orgId, "viewer");
      const gateway = await findGateway(parts, orgId, reference);
      const { lines, total } = await logs.attempt(gateway.id, attemptId, longestTimeline);
      if (lines.length === 0) throw notFound("attempt", attemptId);
      return { id: attemptId, steps: lines.map(lineView), total };
    },

    async stats(actor: Actor, orgId: string, reference: string, query: StatsQuery): Promise<StatsView> {
      await enter(organizations, actor, orgId, "viewer");
      const gateway = await findGateway(parts, orgId, reference);
      const to = msOf(query.to) ?? now() * 1000 + 999;
      const from = msOf(query.from) ?? to - dayMs;
      const server = await slugOf(parts, orgId, query.server);
      const { hours, ...lists } = await logs.stats(gateway.id, { server, from, to });
      return {
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        hours: hours.map(({ hour, ...counts }) => ({ hour: new Date(hour).toISOString(), ...counts })),
        ...lists,
      };
    },
  };
}

/** Lines carry the slug. A server that was deleted is not found any more, but its slug still finds its lines. */
async function slugOf({ servers }: Pick<AdminDependencies, "servers">, orgId: string, reference: string | undefined) {
  if (reference === undefined) return undefined;
  return (await servers.find(orgId, reference))?.slug ?? reference;
}

function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}

export function lineView(line: StoredLine): LogLine {
  const { id, at, event, outcome, requestId, reason, diagnosis } = line;
  // A line may be older than the vocabulary.
  const found = diagnosis !== undefined && isDiagnosis(diagnosis) ? diagnoses[diagnosis] : null;
  const known = reason !== undefined && Object.hasOwn(reasons, reason) ? reasons[reason] : null;
  return {
    ...{ id: String(id), time: new Date(at).toISOString(), event, outcome, requestId },
    ...{ reason: orNull(reason), cause: known?.cause ?? null, fix: (found ?? known)?.fix ?? null },
    diagnosis: orNull(diagnosis),
    attempt: orNull(line.attempt),
    server: orNull(line.server),
    client: orNull(line.client),
    clientName: orNull(line.clientName),
    user: orNull(line.user),
    agent: orNull(line.agent),
    origin: orNull(line.origin),
    session: orNull(line.session),
    channel: orNull(line.channel),
    method: orNull(line.method),
    tool: orNull(line.tool),
    status: orNull(line.status),
    totalMs: orNull(line.totalMs),
    runtimeMs: orNull(line.runtimeMs),
    expected: orNull(line.expected),
    seen: orNull(line.seen),
    field: orNull(line.field),
  };
}

function orNull<T>(value: T | undefined): T | null {
  return value ?? null;
}
