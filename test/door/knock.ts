// The worker's door with bindings of the test's choice: another deployment, a cold isolate, a store that fails.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import worker from "../../src/worker/index.ts";
import type { Bindings } from "../../src/worker/settings.ts";

/** A request at a deployment with these bindings, its background work done; redirects are never followed. */
export async function knock(bindings: Bindings, url: string | URL, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext();
  const response = await worker.fetch(incoming(url, init), bindings, context);
  const body = [101, 204, 205, 304].includes(response.status) ? null : await response.arrayBuffer();
  await waitOnExecutionContext(context);
  return new Response(body, response);
}

/** The tests' own deployment with some variables changed. */
export function deployment(overrides: Partial<Bindings>): Bindings {
  return { ...env, ...overrides };
}

/** A request as it comes in from the network. */
export function incoming(url: string | URL, init: RequestInit = {}): Request<unknown, IncomingRequestCfProperties> {
  return new Request(url, { redirect: "manual", ...init }) as Request<unknown, IncomingRequestCfProperties>;
}
