// The downstream API: takes the provider's access tokens, made for this API and no other, and checks their scopes.
import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import * as z from "zod";
import type { Tickets } from "./tickets.ts";

export interface ApiRules {
  /** The authorization server whose tokens count. */
  issuer: string;
  /** What a token's `aud` must be: this API's own identifier. */
  resource: string;
}

const person = z.looseObject({
  sub: z.string(),
  org_id: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  scope: z.string().default(""),
});

type Env = { Variables: { person: z.infer<typeof person> } };

const newTicket = z.strictObject({ title: z.string().trim().min(1).max(200) });

export function ticketApi(rules: ApiRules, tickets: Tickets): Hono<Env> {
  const api = new Hono<Env>();
  api.use(bearer(rules));
  api.get("/me", (c) => {
    const { sub, org_id, name, email } = c.var.person;
    return c.json({ subject: sub, workspace: org_id, name: name ?? null, email: email ?? null });
  });
  api.get("/tickets", scope("tickets.read"), (c) => c.json({ items: tickets.list(owner(c)) }));
  api.post("/tickets", scope("tickets.write"), async (c) => {
    const body = newTicket.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: "invalid_request", message: z.prettifyError(body.error) }, 422);
    return c.json(tickets.create(owner(c), body.data.title), 201);
  });
  return api;
}

/** RFC 9068 §4: type, issuer, audience and time, against the provider's published keys. */
function bearer(rules: ApiRules) {
  // The jwks_uri of the demo provider; an API of one provider may know it, the gateway must discover it.
  const keys = createRemoteJWKSet(new URL("/jwks", rules.issuer));
  return createMiddleware<Env>(async (c, next) => {
    const token = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    if (!token) return refuse(c, 401, "Bearer", "a bearer token is required");
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: rules.issuer,
        audience: rules.resource,
        typ: "at+jwt",
        algorithms: ["RS256"],
        requiredClaims: ["exp", "sub"],
      });
      c.set("person", person.parse(payload));
    } catch (error) {
      if (!(error instanceof errors.JOSEError || error instanceof z.ZodError)) throw error;
      return refuse(c, 401, 'Bearer error="invalid_token"', error.message);
    }
    await next();
  });
}

function scope(needed: string) {
  return createMiddleware<Env>(async (c, next) => {
    if (c.var.person.scope.split(" ").includes(needed)) return next();
    return refuse(c, 403, `Bearer error="insufficient_scope", scope="${needed}"`, `the token lacks scope ${needed}`);
  });
}

function refuse(c: Context, status: 401 | 403, challenge: string, message: string) {
  return c.json({ error: status === 401 ? "invalid_token" : "insufficient_scope", message }, status, {
    "WWW-Authenticate": challenge,
  });
}

function owner(c: Context<Env>) {
  return { workspace: c.var.person.org_id, subject: c.var.person.sub };
}
