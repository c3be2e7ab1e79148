// What the conformance runtime answers at once: content of every kind, resources, prompts, completion, log levels.
import { fromJsonSchema, type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import * as z from "zod";

/** One red pixel. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** A header without samples. */
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

const text = (value: string) => ({ type: "text" as const, text: value });
const image = { type: "image" as const, data: png, mimeType: "image/png" };
const embedded = (uri: string, mimeType: string, value: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType, text: value },
});

/** Keywords that a schema library or a rewriting proxy would lose first. */
const wideSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object" as const,
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

/** The value of `region` is repeated in the header `Mcp-Param-Region`, which the SDK's server compares. */
const mirroredSchema = {
  type: "object" as const,
  properties: { region: { type: "string", "x-mcp-header": "Region" } },
  required: ["region"],
};

export function registerContent(server: McpServer): void {
  registerTools(server);
  registerResources(server);
  registerPrompts(server);
  server.server.setRequestHandler("completion/complete", () => ({
    completion: { values: ["testing", "tested"], total: 2, hasMore: false },
  }));
  server.server.setRequestHandler("logging/setLevel", () => ({}));
}

function registerTools(server: McpServer): void {
  const answers = {
    test_simple_text: [text("This is a simple text response for testing.")],
    test_image_content: [image],
    test_audio_content: [{ type: "audio" as const, data: wav, mimeType: "audio/wav" }],
    test_embedded_resource: [embedded("test://embedded-resource", "text/plain", "This is an embedded resource.")],
    test_multiple_content_types: [
      text("Multiple content types:"),
      image,
      embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  };
  for (const [name, content] of Object.entries(answers)) {
    server.registerTool(name, { description: `Answers with ${content.map((part) => part.type).join(", ")}` }, () => ({
      content,
    }));
  }
  server.registerTool("test_error_handling", { description: "Fails" }, () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: "Has a schema with the wider vocabulary", inputSchema: fromJsonSchema(wideSchema) },
    () => ({ content: [text("accepted")] }),
  );
  server.registerTool(
    "test_mirrored_parameter",
    { description: "Wants its region in a header too", inputSchema: fromJsonSchema(mirroredSchema) },
    () => ({ content: [text("accepted")] }),
  );
}

function registerResources(server: McpServer): void {
  const plain = { mimeType: "text/plain" };
  const fixed = {
    "test://static-text": { ...plain, text: "This is the content of the static text resource." },
    "test://static-binary": { mimeType: "image/png", blob: png },
    "test://watched-resource": { ...plain, text: "Watched resource content" },
  };
  for (const [uri, content] of Object.entries(fixed)) {
    const { mimeType } = content;
    server.registerResource(uri.slice("test://".length), uri, { title: uri, description: "Fixed", mimeType }, () => ({
      contents: [{ uri, ...content }],
    }));
  }
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { title: "By id", description: "Repeats the id", mimeType: "application/json" },
    (uri, { id }) => ({
      contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify({ id, templateTest: true }) }],
    }),
  );
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
}

function registerPrompts(server: McpServer): void {
  const said = (content: ReturnType<typeof text> | typeof image | ReturnType<typeof embedded>) => ({
    role: "user" as const,
    content,
  });
  server.registerPrompt("test_simple_prompt", { description: "No arguments" }, () => ({
    messages: [said(text("This is a simple prompt for testing."))],
  }));
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description: "Two arguments", argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    ({ arg1, arg2 }) => ({
      messages: [said(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "Embeds what is named", argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => ({
      messages: [
        said(embedded(resourceUri, "text/plain", "Embedded resource content for testing.")),
        said(text("Please process the embedded resource above.")),
      ],
    }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "Shows an image" }, () => ({
    messages: [said(image), said(text("Please analyze the image above."))],
  }));
}
