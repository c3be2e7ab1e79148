// The program that the conformance suite starts to test a client: the official SDK, directly or through the gateway.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import * as z from "zod";
import { frontWithGateway, readAccess } from "./conformance-gateway.ts";

const toolCalls = z.array(z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }));

/** What the suite and the test that started it say. */
const environment = z.object({
  MCP_CONFORMANCE_SCENARIO: z.string(),
  MCP_CONFORMANCE_PROTOCOL_VERSION: z.string(),
  MCP_CONFORMANCE_CONTEXT: z.string().optional(),
});

type Talk = (client: Client, context: unknown) => Promise<unknown>;

const list: Talk = (client) => client.listTools();
const call =
  (...names: string[]): Talk =>
  async (client) => {
    await client.listTools();
    for (const name of names) await client.callTool({ name, arguments: {} });
  };

/** What a client does in each scenario so that the suite's server sees what it asks about. */
const talks: Record<string, Talk> = {
  initialize: list,
  "request-metadata": list,
  "json-schema-ref-no-deref": list,
  tools_call: async (client) => {
    await client.listTools();
    return client.callTool({ name: "add_numbers", arguments: { a: 5, b: 3 } });
  },
  "elicitation-sep1034-client-defaults": call("test_client_elicitation_defaults"),
  "sse-retry": call("test_reconnection"),
  "sep-2322-client-request-state": async (client) => {
    await call("test_mrtr_echo_state", "test_mrtr_unrelated", "test_mrtr_no_state")(client, null);
    // This answer lacks what its revision demands: the SDK says so, and must not take it for a question.
    await client.callTool({ name: "test_mrtr_no_result_type", arguments: {} }).catch(() => null);
  },
  "http-standard-headers": async (client) => {
    await call("test_headers", "my-hyphenated-tool")(client, null);
    for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri });
    for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name });
  },
  "http-custom-headers": async (client, context) => {
    await client.listTools();
    for (const wanted of z.object({ toolCalls }).parse(context).toolCalls) await client.callTool(wanted);
  },
  "http-invalid-tool-headers": async (client) => {
    for (const { name } of (await client.listTools()).tools) {
      await client.callTool({ name, arguments: { region: "us-west1" } });
    }
  },
  "json-schema-2020-12-preservation": async (client) => {
    const { tools } = await client.listTools();
    const schema = tools.find(({ name }) => name === "json_schema_2020_12_tool")?.inputSchema;
    return client.callTool({ name: "json_schema_echo", arguments: { schema } });
  },
};

const asked = environment.parse(process.env);
const talk = talks[asked.MCP_CONFORMANCE_SCENARIO];
if (talk === undefined) throw new Error(`no talk for the scenario ${asked.MCP_CONFORMANCE_SCENARIO}`);

const serverUrl = z.url().parse(process.argv[2]);
const stack = readAccess();
const fronted = stack && (await frontWithGateway(stack, { runtimeUrl: serverUrl }));
const modern = asked.MCP_CONFORMANCE_PROTOCOL_VERSION >= "2026-07-28";

const client = new Client(
  { name: "conformance-client", version: "1.0.0" },
  {
    capabilities: { roots: {}, sampling: {}, elicitation: { form: { applyDefaults: true } } },
    versionNegotiation: { mode: modern ? "auto" : "legacy" },
  },
);
client.setRequestHandler("elicitation/create", async () => ({
  action: "accept",
  content: modern ? { confirmed: true } : {},
}));
await client.connect(
  new StreamableHTTPClientTransport(
    new URL(fronted?.mcpUrl ?? serverUrl),
    fronted ? { authProvider: { token: async () => fronted.token } } : {},
  ),
);
await talk(client, JSON.parse(asked.MCP_CONFORMANCE_CONTEXT ?? "null"));
await client.close();
// Nothing is left to wait for; a stream that the server keeps open shall not keep the suite waiting.
process.exit(0);
