// A running stack's shape, changed as an operator changes it; and what no API offers: shorter tokens, a lost client.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { freePorts, type Ports, type RunningStack, startStack, temporaryFolder } from "./stack.ts";

export interface Shape extends RunningStack {
  /** A call of the REST API below the organization. */
  manage(method: string, path: string, body?: object): Promise<unknown>;
  /** Access tokens live this long from now on. The API takes no less than a minute; nobody wants to wait that long. */
  limitTokens(seconds: number): Promise<void>;
  /**
   * The registration is gone, and what was granted to it: a gateway that lost its clients. Like `limitTokens` it holds
   * the database for a moment, so nothing else may be going on at the gateway.
   */
  loseClient(clientId: string): Promise<void>;
  /** How many refreshes of this client the gateway has on its log. */
  refreshes(clientId: string): Promise<number>;
  end(): Promise<void>;
}

const lines = z.looseObject({ items: z.array(z.looseObject({ event: z.string(), outcome: z.string() })) });

/** @param environment of the demo, for ports that it may name */
export async function startShape(environment: (ports: Ports) => Record<string, string>): Promise<Shape> {
  const ports = await freePorts();
  const stack = await startStack(ports, temporaryFolder("shape"), environment(ports));
  const profile = `/gateways/${stack.gatewayId}`;
  const manage = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${stack.gateway}/api/v1/organizations/${stack.organizationId}${path}`, {
      method,
      headers: { authorization: `Bearer ${stack.apiToken}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    ...stack,
    manage,
    async limitTokens(seconds) {
      write(stack, "UPDATE gateways SET access_token_ttl = ? WHERE id = ?", seconds, stack.gatewayId);
      // Any change of a server makes the gateway publish what its database says now. The profile itself can no longer be
      // shown: its API knows no such lifetime.
      await manage("PATCH", "/mcp-servers/support-api", { name: "Support API" });
    },
    async loseClient(clientId) {
      write(stack, "DELETE FROM clients WHERE id = ?", clientId);
      await manage("DELETE", `${profile}/grants?client=${encodeURIComponent(clientId)}`);
    },
    async refreshes(clientId) {
      const query = new URLSearchParams({ event: "refresh", outcome: "ok", client: clientId });
      return lines.parse(await manage("GET", `${profile}/logs?${query}`)).items.length;
    },
    async end() {
      await stack.stop();
      rmSync(stack.stateFolder, { recursive: true, force: true });
    },
  };
}

/** Into the gateway's own database, beside the running gateway. Throws unless one row was changed. */
function write({ stateFolder }: RunningStack, statement: string, ...values: (string | number)[]): void {
  const folder = join(stateFolder, "gateway/v3/d1/miniflare-D1DatabaseObject");
  const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  const database = new DatabaseSync(join(folder, file ?? ""), { timeout: 5_000 });
  try {
    const { changes } = database.prepare(statement).run(...values);
    if (Number(changes) !== 1) throw new Error(`${changes} rows were changed by ${statement}`);
  } finally {
    database.close();
  }
}
