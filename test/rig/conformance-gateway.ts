// A runtime behind the running gateway for the conformance suite, and how a program that the suite starts finds the stack.
import * as z from "zod";
import { accessTokenFor, openServer, type StackAccess } from "./own-server.ts";

const access = z.object({
  gateway: z.string(),
  provider: z.string(),
  organizationId: z.string(),
  gatewayId: z.string(),
  apiToken: z.string(),
});

/** In the environment of a program that the suite starts: where a gateway stands that shall be between. */
export const stackVariable = "MCPSTACK_CONFORMANCE_STACK";

export function writtenAccess(stack: StackAccess): Record<string, string> {
  return { [stackVariable]: JSON.stringify(access.parse(stack)) };
}

/** Null where no gateway shall be between. */
export function readAccess(): StackAccess | null {
  const written = process.env[stackVariable];
  return written === undefined ? null : access.parse(JSON.parse(written));
}

export interface Fronted {
  mcpUrl: string;
  /** A signed-in person's, good for an hour. */
  token: string;
}

/** A server of its own for the runtime, and a token for it. Rejects with what the gateway answered. */
export async function frontWithGateway(
  stack: StackAccess,
  runtime: { runtimeUrl: string; allowedOrigins?: string[] },
): Promise<Fronted> {
  const server = await openServer(stack, { name: "Conformance", ...runtime });
  return { mcpUrl: server.mcpUrl, token: await accessTokenFor(stack, server) };
}
