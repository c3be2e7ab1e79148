// Tools of the conformance runtime that need several rounds: an answer that asks for input, and a state that comes back.
import { randomBytes } from "node:crypto";
import {
  acceptedContent,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod";

/** Seals what a tool remembers between rounds; its `verify` is the server's hook, so a changed state is refused. */
export const roundState = createRequestStateCodec<{ round: number }>({ key: randomBytes(32) });

const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
const envelope = z.looseObject({
  [capabilitiesKey]: z
    .looseObject({ sampling: z.looseObject({}), elicitation: z.looseObject({}) })
    .partial()
    .optional(),
});

const said = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

const name = z.object({ name: z.string() });
const consent = z.object({ ok: z.boolean() });

const asked = {
  name: (message = "What is your name?") => inputRequired.elicit({ message, requestedSchema: name }),
  color: () =>
    inputRequired.elicit({ message: "What is your favorite color?", requestedSchema: z.object({ color: z.string() }) }),
  consent: () => inputRequired.elicit({ message: "Please confirm", requestedSchema: consent }),
  model: (question: string) =>
    inputRequired.createMessage({
      messages: [{ role: "user", content: { type: "text", text: question } }],
      maxTokens: 100,
    }),
};

const given = (ctx: ServerContext, key: string) => inputResponse(ctx.mcpReq.inputResponses, key).kind !== "missing";

export function registerRounds(server: McpServer): void {
  const tool = (suffix: string, run: (ctx: ServerContext) => ReturnType<typeof answer>) =>
    server.registerTool(`test_input_required_result_${suffix}`, { description: "Needs input on the way" }, run);

  tool("elicitation", (ctx) =>
    answer(acceptedContent(ctx.mcpReq.inputResponses, "user_name", name), { user_name: asked.name() }),
  );
  tool("sampling", (ctx) =>
    answer(given(ctx, "capital_question"), { capital_question: asked.model("What is the capital of France?") }),
  );
  tool("list_roots", (ctx) => answer(given(ctx, "client_roots"), { client_roots: inputRequired.listRoots() }));
  for (const suffix of ["request_state", "tampered_state"]) {
    tool(suffix, (ctx) => answer(ctx.mcpReq.requestState() && given(ctx, "confirm"), { confirm: asked.consent() }, 1));
  }
  tool("multiple_inputs", (ctx) => {
    const questions = {
      user_name: asked.name(),
      greeting: asked.model("Generate a greeting"),
      client_roots: inputRequired.listRoots(),
    };
    const complete = Object.keys(questions).every((key) => given(ctx, key));
    return answer(complete && ctx.mcpReq.requestState(), questions, 1);
  });
  tool("multi_round", (ctx) => {
    const round = ctx.mcpReq.requestState<{ round: number }>()?.round ?? 0;
    if (round >= 1 && given(ctx, "step1")) return answer(false, { step2: asked.color() }, 2);
    return answer(round === 2 && given(ctx, "step2"), { step1: asked.name("Step 1: What is your name?") }, 1);
  });
  tool("capabilities", (ctx) => {
    const { [capabilitiesKey]: declared = {} } = envelope.parse(ctx.mcpReq.envelope);
    return answer(false, {
      ...(declared.sampling && { greeting: asked.model("Generate a greeting") }),
      ...(declared.elicitation && { user_name: asked.name() }),
    });
  });
  // What the client has not declared, the SDK refuses to ask it for.
  server.registerTool("test_missing_capability", { description: "Needs sampling" }, () =>
    answer(false, { greeting: asked.model("Generate a greeting") }),
  );
  server.registerTool("test_streaming_elicitation", { description: "Asks in its answer" }, () =>
    answer(false, { user_name: asked.name() }),
  );
  server.registerPrompt("test_input_required_result_prompt", { description: "Needs input on the way" }, async (ctx) => {
    const wanted = z.object({ context: z.string() });
    const found = acceptedContent(ctx.mcpReq.inputResponses, "user_context", wanted);
    if (found === undefined) {
      const user_context = inputRequired.elicit({ message: "Which context?", requestedSchema: wanted });
      return inputRequired({ inputRequests: { user_context } });
    }
    return { messages: [{ role: "user" as const, content: { type: "text" as const, text: found.context } }] };
  });
}

/** Complete when there is something to complete with, else the questions, with a sealed state from the given round on. */
async function answer(found: unknown, inputRequests: Parameters<typeof inputRequired>[0]["inputRequests"], round = 0) {
  if (found) return said(`state-ok ${JSON.stringify(found)}`);
  return inputRequired({
    ...(inputRequests && { inputRequests }),
    ...(round > 0 && { requestState: await roundState.mint({ round }) }),
  });
}
