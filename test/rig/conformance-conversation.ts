// Tools of the conformance runtime that talk while they work: notifications, questions to the client, closed streams.
import { setTimeout as pause } from "node:timers/promises";
import type { McpServer, ServerContext, ServerNotifier } from "@modelcontextprotocol/server";
import * as z from "zod";

const said = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
const none = z.object({});

type Elicitation = Parameters<ServerContext["mcpReq"]["elicitInput"]>[0];

/** `changed` tells everybody who listens; null in the eras that have no `subscriptions/listen`. */
export function registerConversation(server: McpServer, changed: ServerNotifier | null): void {
  registerNotices(server, changed);
  registerQuestions(server);
  server.registerTool(
    "test_reconnection",
    { description: "Closes its stream first", inputSchema: none },
    async (_, ctx) => {
      ctx.http?.closeSSE?.();
      await pause(100);
      return said("Sent after the stream was closed");
    },
  );
}

function registerNotices(server: McpServer, changed: ServerNotifier | null): void {
  const talk = async (ctx: ServerContext) => {
    for (const message of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await ctx.mcpReq.log("info", message);
      await pause(50);
    }
    return said("Tool with logging executed successfully");
  };
  server.registerTool("test_tool_with_logging", { description: "Logs while it works" }, talk);
  server.registerTool("test_logging_tool", { description: "Logs while it works" }, talk);
  server.registerTool("test_tool_with_progress", { description: "Counts to 100" }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100, message: `Completed step ${progress} of 100` };
      if (progressToken !== undefined) await ctx.mcpReq.notify({ method: "notifications/progress", params });
      await pause(50);
    }
    return said(String(progressToken));
  });
  server.registerTool("test_trigger_tool_change", { description: "Says that the tools changed" }, () => {
    changed?.toolsChanged();
    return said("said");
  });
  server.registerTool("test_trigger_prompt_change", { description: "Says that the prompts changed" }, () => {
    changed?.promptsChanged();
    return said("said");
  });
}

function registerQuestions(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const { content } = await ctx.mcpReq.requestSampling({
        messages: [{ role: "user", content: { type: "text", text: prompt } }],
        maxTokens: 100,
      });
      return said(`LLM response: ${JSON.stringify(content)}`);
    },
  );
  server.registerTool(
    "test_elicitation",
    { description: "Asks the person", inputSchema: z.object({ message: z.string() }) },
    async ({ message }, ctx) => {
      const response = { type: "string" as const, description: "User's response" };
      return ask(ctx, {
        message,
        requestedSchema: { type: "object", properties: { response }, required: ["response"] },
      });
    },
  );
  for (const [name, properties] of Object.entries({
    test_elicitation_sep1034_defaults: withDefaults,
    test_elicitation_sep1330_enums: withChoices,
  })) {
    const question: Elicitation = {
      message: "Please review the form",
      requestedSchema: { type: "object", properties },
    };
    server.registerTool(name, { description: "Asks the person with a form" }, (ctx) => ask(ctx, question));
  }
}

async function ask(ctx: ServerContext, question: Elicitation) {
  const { action, content } = await ctx.mcpReq.elicitInput(question);
  return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
}

type Fields = Extract<Elicitation, { requestedSchema: unknown }>["requestedSchema"]["properties"];

const withDefaults: Fields = {
  name: { type: "string", description: "User name", default: "John Doe" },
  age: { type: "integer", description: "User age", default: 30 },
  score: { type: "number", description: "User score", default: 95.5 },
  status: { type: "string", description: "Status", enum: ["active", "inactive", "pending"], default: "active" },
  verified: { type: "boolean", description: "Verification status", default: true },
};

const named = (prefix: string, kind: string) =>
  ["First", "Second", "Third"].map((ordinal, at) => ({ const: `${prefix}${at + 1}`, title: `${ordinal} ${kind}` }));

const withChoices: Fields = {
  untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
  titledSingle: { type: "string", oneOf: named("value", "Option") },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: {
    type: "array",
    minItems: 1,
    maxItems: 3,
    items: { type: "string", enum: ["option1", "option2", "option3"] },
  },
  titledMulti: { type: "array", minItems: 1, maxItems: 3, items: { anyOf: named("value", "Choice") } },
};
