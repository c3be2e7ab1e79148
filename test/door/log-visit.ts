// A gateway's log in the door tests: read through the management API, waited for, and filled without a door.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { LogLine } from "../../src/contract/management/logs.ts";
import type { LogEntry } from "../../src/worker/store/promises/logs.ts";
import { api, type Shop } from "./shop.ts";

export interface Page {
  items: LogLine[];
  page: number;
  pageSize: number;
  total: number;
}

export const gatewayPath = ({ organizationId, gatewayId }: Shop) =>
  `/organizations/${organizationId}/gateways/${gatewayId}`;

export function logs(shop: Shop, query: Record<string, string> = {}): Promise<Page> {
  return api("GET", `${gatewayPath(shop)}/logs?${new URLSearchParams(query)}`, shop.token);
}

/** Events reach the log after the answer, successful calls up to two seconds later. */
export async function eventually<T>(look: () => Promise<T>, good: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (good(found)) return found;
    if (tries === 60) throw new Error(`not in six seconds; last seen: ${JSON.stringify(found).slice(0, 3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function logObject(gatewayId: string) {
  return env.LOGS.get(env.LOGS.idFromName(gatewayId));
}

/** Puts lines into a log as an isolate would deliver them, fifty at a time. */
export async function fill(gatewayId: string, entries: LogEntry[]): Promise<void> {
  await runInDurableObject(logObject(gatewayId), (object) => {
    for (let start = 0; start < entries.length; start += 50) {
      object.append({ gatewayId, shard: 0, entries: entries.slice(start, start + 50), lost: 0 });
    }
  });
}

export function successfulCall(at: number, number: number): LogEntry {
  return {
    ...{ at, event: "mcp_call", outcome: "ok", requestId: crypto.randomUUID(), channel: "oauth" },
    ...{ attempt: `grt_${number % 200}`, server: `server-${number % 3}`, client: `client-${number % 7}` },
    ...{ clientName: `Client ${number % 7}`, user: `usr_${number % 100}`, method: "tools/call" },
    ...{ tool: `tool_${number % 10}`, status: 200, totalMs: number % 100, runtimeMs: number % 90 },
  };
}

export function refusal(at: number, number: number): LogEntry {
  return {
    ...{ at, event: "mcp_call", outcome: "refused", requestId: crypto.randomUUID(), channel: "oauth" },
    ...{ reason: "insufficient_scope", attempt: `grt_${number % 200}`, server: `server-${number % 3}` },
    ...{ client: `client-${number % 7}`, user: `usr_${number % 100}`, method: "tools/call", tool: "purge" },
    ...{ status: 403, totalMs: 5, expected: "tickets.admin", seen: "tickets.read" },
  };
}
