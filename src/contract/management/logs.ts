// Logs: lines newest first, one attempt as a timeline, and counts per hour. Rendered everywhere from these shapes.
import * as z from "zod";
import { gatewayEvents, outcomes } from "../events.ts";
import { reference, time } from "./fields.ts";
import { pageQuery } from "./page.ts";

const filter = {
  event: z.enum(gatewayEvents).optional(),
  outcome: z.enum(outcomes).optional(),
  reason: z.string().max(64).optional(),
  server: reference.optional().describe("Id or slug."),
  user: reference.optional(),
  client: reference.optional(),
  agent: reference.optional(),
  attempt: reference.optional(),
  from: time.optional(),
  to: time.optional(),
};

export const logsQuery = z.strictObject({ ...pageQuery, ...filter });
export type LogsQuery = z.infer<typeof logsQuery>;

export const logLine = z.object({
  id: z.string().describe("Grows with time; unique within the gateway."),
  time,
  event: z.enum(gatewayEvents),
  outcome: z.enum(outcomes),
  reason: z.string().nullable(),
  cause: z.string().nullable().describe("What the reason means."),
  fix: z.string().nullable().describe("What to do about it."),
  diagnosis: z
    .string()
    .nullable()
    .describe("What is wrong at the provider, where its own words told; fix is about it."),
  attempt: z.string().nullable(),
  requestId: z.string(),
  server: z.string().nullable().describe("The server's slug."),
  client: z.string().nullable(),
  clientName: z.string().nullable(),
  user: z.string().nullable(),
  agent: z.string().nullable(),
  origin: z.string().nullable().describe("The web origin that asked, at the embedded door."),
  session: z.string().nullable().describe("The app's own name for its session."),
  channel: z.enum(["oauth", "embedded", "enterprise", "static"]).nullable(),
  method: z.string().nullable(),
  tool: z.string().nullable(),
  status: z.int().nullable(),
  totalMs: z.int().nullable(),
  runtimeMs: z.int().nullable(),
  expected: z.string().nullable(),
  seen: z.string().nullable(),
  field: z.string().nullable(),
});
export type LogLine = z.infer<typeof logLine>;

export const attemptView = z.object({
  id: z.string(),
  steps: z.array(logLine).describe("Oldest first; of an attempt with very many, the first 500."),
  total: z.int().describe("All lines of the attempt that are kept."),
});
export type AttemptView = z.infer<typeof attemptView>;

export const statsQuery = z.strictObject({ server: reference.optional(), from: time.optional(), to: time.optional() });
export type StatsQuery = z.infer<typeof statsQuery>;

const latency = { p50Ms: z.number().nullable(), p95Ms: z.number().nullable() };

export const statsView = z.object({
  from: time,
  to: time,
  hours: z.array(
    z.object({ hour: time, calls: z.int(), failures: z.int(), signIns: z.int(), exchanges: z.int(), ...latency }),
  ),
  tools: z.array(z.object({ tool: z.string(), calls: z.int(), failures: z.int(), ...latency })),
  clients: z.array(z.object({ client: z.string(), clientName: z.string().nullable(), calls: z.int() })),
  reasons: z.array(z.object({ reason: z.string(), count: z.int() })),
});
export type StatsView = z.infer<typeof statsView>;
