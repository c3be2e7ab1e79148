// The whole way of an MCP client, from the challenge to the list of tools; its authorization is revoked in any case.
import { Failure } from "../failure.ts";
import { authorizationRequest, codeOf, redeem, register, revoke, type Tokens } from "./authorize.ts";
import { openBrowser } from "./browser.ts";
import { authorizationServer, challenge, resource, type ServerMetadata } from "./discover.ts";
import { type Loopback, listen } from "./loopback.ts";
import { initializeRequest, mcpAt, type Tool } from "./mcp.ts";
import type { Steps } from "./steps.ts";

export interface Test {
  mcpUrl: string;
  /** What must be registered at the provider, for the advice to whoever waits. */
  callbackUrl: string;
  /** Null asks for what the challenge or the metadata name. */
  scope: string | null;
  /** Null registers a client. */
  clientId: string | null;
  /** Milliseconds for the person. */
  timeLimit: number;
  environment: NodeJS.ProcessEnv;
  /** To the person, beside the steps. */
  say(sentence: string): void;
}

/** @throws Failure that names the step */
export async function testConnection(steps: Steps, test: Test): Promise<Tool[]> {
  const { mcpUrl } = test;
  const challenged = await steps.take("challenge", () => challenge(mcpUrl, initializeRequest));
  const { issuer, scope: listed } = await steps.take("resource metadata", () =>
    resource(mcpUrl, challenged.resourceMetadata),
  );
  const server = await steps.take("server metadata", () => authorizationServer(issuer));
  const loopback = await listen();
  try {
    const { redirectUri } = loopback;
    const clientId = await steps.take("registration", () => register(server, redirectUri, test.clientId));
    const asked = { clientId, redirectUri, resource: mcpUrl, scope: test.scope ?? challenged.scope ?? listed };
    const tokens = await authorize(steps, test, server, loopback, asked);
    return await useAndEnd(steps, mcpUrl, server, clientId, tokens);
  } finally {
    loopback.close();
  }
}

async function authorize(
  steps: Steps,
  test: Test,
  server: ServerMetadata,
  loopback: Loopback,
  asked: Parameters<typeof authorizationRequest>[1],
): Promise<Tokens> {
  const request = authorizationRequest(server, asked);
  const code = await steps.take("authorization", async () => {
    const answer = loopback.answer(request.state, test.timeLimit);
    const opened = await openBrowser(request.url.href, test.environment);
    test.say(`${opened ? "The browser opens" : "Open"} this URL to sign in:\n  ${request.url.href}`);
    return codeOf(await withAdvice(answer, test), server);
  });
  return steps.take("token", () => redeem(server, { ...asked, code, verifier: request.verifier }));
}

const adviceAfter = 60_000;

/** A provider that refuses the callback shows so on its own page and never comes back. */
async function withAdvice<T>(answer: Promise<T>, { callbackUrl, say }: Test): Promise<T> {
  const advice = `Still waiting. If the provider's page shows an error, register exactly this callback URL there:\n  ${callbackUrl}`;
  const timer = setTimeout(() => say(advice), adviceAfter);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

async function useAndEnd(
  steps: Steps,
  mcpUrl: string,
  server: ServerMetadata,
  clientId: string,
  tokens: Tokens,
): Promise<Tool[]> {
  const ending = () =>
    steps.take("revocation", () => revoke(server, clientId, tokens.refresh_token ?? tokens.access_token));
  let tools: Tool[];
  try {
    const mcp = mcpAt(mcpUrl, tokens.access_token);
    const connection = await steps.take("initialize", () => mcp.initialize());
    tools = await steps.take("tools/list", () => mcp.tools(connection));
    await mcp.end(connection);
  } catch (error) {
    // What went wrong first is what matters.
    await ending().catch((second: unknown) => {
      if (!(second instanceof Failure)) throw second;
    });
    throw error;
  }
  await ending();
  return tools;
}
