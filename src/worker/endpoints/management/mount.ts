// Mounts one row of the route table: token, role, parameters, body, operation, answer; in this order for every call.
import type { Hono } from "hono";
import * as z from "zod";
import type { Route } from "../../../contract/management/routes.ts";
import { type Actor, permit } from "../../admin/actor.ts";
import { AdminError } from "../../admin/errors.ts";
import { answer } from "./answers.ts";
import type { ManagementContext, ManagementVisit } from "./context.ts";
import { bearerToken, parse, readJson, readQuery } from "./input.ts";

export interface Bindings {
  Bindings: ManagementVisit;
}

/** What a handler is given: everything parsed, nothing left to check but what storage knows. */
export interface Call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  actor: Actor;
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
}

export const base = "/api/v1";

/** `{name}` of the table as hono writes it. */
export function pattern(path: string): string {
  return base + path.replaceAll(/\{(\w+)\}/g, ":$1");
}

export function mounting(app: Hono<Bindings>, context: ManagementContext) {
  return <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    route: Route<P, Q, B, A>,
    handler: (call: Call<P, Q, B>) => Promise<z.input<A>>,
  ): void => {
    app.on(route.method.toUpperCase(), pattern(route.path), async (c) => {
      const request = c.req.raw;
      const actor = await authenticate(context, request, c.env);
      permit(actor, route.access);
      const params = parse(route.params, c.req.param());
      const query = parse(route.query, readQuery(new URL(request.url)));
      const sent = route.body instanceof z.ZodVoid ? undefined : await readJson(request);
      const body = parse(route.body, sent);
      const result = await handler({ actor, params, query, body });
      // What leaves is what the schema names: a member that it does not name stays inside.
      return answer(route.status, route.answer.parse(result));
    });
  };
}

/** @throws AdminError unauthenticated, or rate_limited after too many of them */
async function authenticate(context: ManagementContext, request: Request, visit: ManagementVisit): Promise<Actor> {
  const token = bearerToken(request);
  const actor = token === null ? null : await context.identify(token, (work) => visit.background(work));
  if (actor) return { ...actor, requestId: visit.requestId };
  if (!(await context.allowFailure(request))) {
    throw new AdminError("rate_limited", "too many requests without a valid token; wait a minute");
  }
  const seen = token === null ? "is missing" : "is unknown or was revoked";
  throw new AdminError("unauthenticated", `the API token ${seen}; send Authorization: Bearer mcpstack_sk_…`);
}
