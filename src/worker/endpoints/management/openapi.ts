// openapi.json (OpenAPI 3.1), written from the route table and its schemas.
import * as z from "zod";
import { errorBody, errorStatus } from "../../../contract/management/error.ts";
import { type Route, routes } from "../../../contract/management/routes.ts";

/** The document for this deployment. */
export function openApiDocument(origin: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    const item = paths[route.path] ?? {};
    item[route.method] = operation(operationId, route);
    paths[route.path] = item;
  }
  return {
    openapi: "3.1.0",
    info: { title: "MCP Stack Gateway: management", version: "1" },
    servers: [{ url: `${origin}/api/v1` }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token (mcpstack_sk_…) or the ADMIN_TOKEN." },
      },
      schemas: { Error: jsonSchema(errorBody, "output") },
    },
  };
}

function operation(operationId: string, route: Route) {
  const body = jsonSchema(route.body, "input");
  const result = jsonSchema(route.answer, "output");
  return {
    operationId,
    summary: route.summary,
    description: `Needs a token that may act as ${route.access}.`,
    parameters: [...parameters(route.params, "path"), ...parameters(route.query, "query")],
    ...(body ? { requestBody: { required: true, content: { "application/json": { schema: body } } } } : {}),
    responses: {
      [route.status]: {
        description: "Done",
        ...(result ? { content: { "application/json": { schema: result } } } : {}),
      },
      ...errorResponses,
    },
  };
}

const errorResponses = Object.fromEntries(
  [...new Set(Object.values(errorStatus))].map((status) => [
    status,
    {
      description: Object.entries(errorStatus)
        .filter(([, of]) => of === status)
        .map(([code]) => code)
        .join(", "),
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    },
  ]),
);

function parameters(schema: z.ZodType, place: "path" | "query") {
  const object = jsonSchema(schema, "input");
  const required = object?.required ?? [];
  return Object.entries(object?.properties ?? {}).map(([name, shape]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: shape,
  }));
}

/** Null for a route that takes or answers nothing. */
function jsonSchema(schema: z.ZodType, io: "input" | "output") {
  if (schema instanceof z.ZodVoid) return null;
  const { $schema, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
