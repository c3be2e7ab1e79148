// What the browser keeps of a test authorization: who began it, where, and the secrets that only it comes back with.
import * as z from "zod";
import { cookie, readCookie } from "../../oauth/cookie.ts";
import { sha256 } from "../../oauth/digest.ts";
import { attemptLifetime } from "../../oauth/lifetimes.ts";
import type { DashboardContext } from "./context.ts";

const departure = z.strictObject({
  /** The grant's id. */
  attempt: z.string(),
  /** Of the dashboard's session that began. */
  sessionId: z.string(),
  orgId: z.string(),
  gatewayId: z.string(),
  serverId: z.string(),
  /** What `iss` must be on the way back (RFC 9207). */
  issuer: z.string(),
  ticket: z.string(),
  state: z.string(),
  verifier: z.string(),
});
export type Departure = z.infer<typeof departure>;

const arrival = departure.omit({ ticket: true, state: true, issuer: true }).extend({
  /** Null when the way ended without one. */
  code: z.string().nullable(),
});
export type Arrival = z.infer<typeof arrival>;

type Parts = Pick<DashboardContext, "sealer" | "settings">;

/** Names a run in addresses and cookies; of the state nothing can be learned from it. */
export async function runOf(state: string): Promise<string> {
  return (await sha256(state)).slice(0, 16);
}

/** Lax, because the provider's site begins the way back. Two stages of ten minutes lie before it. */
export async function keepDeparture(run: string, kept: Departure, { sealer, settings }: Parts): Promise<string> {
  const sealed = await sealer.seal("connect-departure", run, JSON.stringify(kept));
  return cookie(`connect_${run}`, sealed, 2 * attemptLifetime, settings);
}

export async function departureOf(request: Request, run: string, parts: Parts): Promise<Departure | null> {
  return opened(readCookie(request, `connect_${run}`, parts.settings), "connect-departure", run, departure, parts);
}

export function forgetDeparture(run: string, { settings }: Parts): string {
  return cookie(`connect_${run}`, "", 0, settings);
}

/** Strict: only the dashboard's own pages lead to the page that takes it. */
export async function keepArrival(run: string, kept: Arrival, { sealer, settings }: Parts): Promise<string> {
  const sealed = await sealer.seal("connect-arrival", run, JSON.stringify(kept));
  return cookie(`connected_${run}`, sealed, attemptLifetime, settings, "Strict");
}

export async function arrivalOf(request: Request, run: string, parts: Parts): Promise<Arrival | null> {
  return opened(readCookie(request, `connected_${run}`, parts.settings), "connect-arrival", run, arrival, parts);
}

export function forgetArrival(run: string, { settings }: Parts): string {
  return cookie(`connected_${run}`, "", 0, settings, "Strict");
}

async function opened<T>(
  sealed: string | null,
  purpose: "connect-departure" | "connect-arrival",
  run: string,
  schema: z.ZodType<T>,
  { sealer }: Parts,
): Promise<T | null> {
  if (sealed === null) return null;
  try {
    return schema.parse(JSON.parse(await sealer.open(purpose, run, sealed)));
  } catch {
    return null;
  }
}
