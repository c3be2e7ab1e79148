// An app that embeds agents, for tests of the SDK: a gateway for each file, agents that are closed after each test.
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { type AppAgent, type AppAgentOptions, createAppAgent } from "../../src/sdk/index.ts";
import { type EmbeddingGateway, startEmbeddingGateway } from "./embedding-gateway.ts";

export interface EmbeddedApp {
  /** Known once the tests run. */
  readonly gateway: EmbeddingGateway;
  /** An address below the server `support-api` that answers with the caller. */
  readonly echo: string;
  options(change?: Partial<AppAgentOptions>): AppAgentOptions;
  open(change?: Partial<AppAgentOptions>): AppAgent;
  /** One call of the agent to `echo`. */
  call(agent: AppAgent, init?: RequestInit): Promise<Response>;
}

/** Each test ends with real timers, no agent open, and no rejection that nobody took. */
export function embeddedApp(): EmbeddedApp {
  const opened: AppAgent[] = [];
  const unhandled: unknown[] = [];
  const keep = (reason: unknown) => unhandled.push(reason);
  let gateway: EmbeddingGateway;

  beforeAll(async () => {
    gateway = await startEmbeddingGateway();
    process.on("unhandledRejection", keep);
  });
  afterAll(() => {
    process.off("unhandledRejection", keep);
    return gateway.close();
  });
  afterEach(async () => {
    for (const agent of opened.splice(0)) agent.close();
    gateway.reset();
    vi.useRealTimers();
    vi.restoreAllMocks();
    // Node reports a rejection that nobody took once the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled.splice(0)).toEqual([]);
  });

  const app: EmbeddedApp = {
    get gateway() {
      return gateway;
    },
    get echo() {
      return `${gateway.origin}/s/support-api/echo`;
    },
    options: (change = {}) => ({
      gatewayUrl: gateway.origin,
      apiKey: "mcpstack_pk_test",
      agentId: "ag_support",
      auth: { mode: "app-token", getToken: () => "app-secret-alice" },
      servers: ["support-api"],
      ...change,
    }),
    open(change) {
      const agent = createAppAgent(app.options(change));
      opened.push(agent);
      return agent;
    },
    call: (agent, init) => agent.server("support-api").fetch(app.echo, init),
  };
  return app;
}
