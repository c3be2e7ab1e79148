// A running stack's shape, changed as an operator changes it; and what no API offers: shorter tokens, lost clients.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { freePorts, type Ports, type RunningStack, type StackAddresses, startStack, temporaryFolder } from "./stack.ts";

export interface Shape extends StackAddresses {
  /** A call of the REST API below the organization. */
  manage(method: string, path: string, body?: object): Promise<unknown>;
  /** How many refreshes of this client the gateway has on its log. */
  refreshes(clientId: string): Promise<number>;
  /**
   * From now on access tokens live this long. The API takes no less than a minute, and nobody wants to wait that long;
   * nor does it show such a profile any more. Nothing else may be going on at the gateway meanwhile.
   */
  limitTokens(seconds: number): Promise<void>;
  /** Starts again without any registration or grant, as after a loss of data. Access tokens live an hour again. */
  restartWithoutClients(): Promise<void>;
  end(): Promise<void>;
}

const lines = z.looseObject({ items: z.array(z.looseObject({ event: z.string() })) });

/** @param environment of the demo, for ports that it may name */
export async function startShape(environment: (ports: Ports) => Record<string, string>): Promise<Shape> {
  const ports = await freePorts();
  const folder = temporaryFolder("shape");
  const start = () => startStack(ports, folder, environment(ports));
  const objects = join(folder, "gateway/v3");
  let running: RunningStack = await start();
  const profile = `/gateways/${running.gatewayId}`;
  const manage = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${running.gateway}/api/v1/organizations/${running.organizationId}${path}`, {
      method,
      headers: { authorization: `Bearer ${running.apiToken}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  // Any change of a server makes the gateway publish what its database says now.
  const publish = () => manage("PATCH", "/mcp-servers/support-api", { name: "Support API" });
  return {
    ...running,
    manage,
    async refreshes(clientId) {
      const query = new URLSearchParams({ event: "refresh", outcome: "ok", client: clientId });
      return lines.parse(await manage("GET", `${profile}/logs?${query}`)).items.length;
    },
    async limitTokens(seconds) {
      edit(objects, "UPDATE gateways SET access_token_ttl = ?", seconds);
      await publish();
    },
    async restartWithoutClients() {
      await running.stop();
      edit(objects, "DELETE FROM clients");
      edit(objects, "UPDATE gateways SET access_token_ttl = 3600");
      rmSync(join(objects, "do/mcp-stack-gateway-GrantObject"), { recursive: true });
      running = await start();
      await publish();
    },
    async end() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** In the gateway's own database. Throws when nothing was changed. */
function edit(objects: string, statement: string, ...values: number[]): void {
  const folder = join(objects, "d1/miniflare-D1DatabaseObject");
  const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  const database = new DatabaseSync(join(folder, file ?? ""), { timeout: 5_000 });
  try {
    if (Number(database.prepare(statement).run(...values).changes) === 0) throw new Error(`no row for ${statement}`);
  } finally {
    database.close();
  }
}
