// What the demo stack prints when it is up: for people, and as one line for programs.
import { accounts } from "./authorization-server/accounts.ts";
import type { Seeded } from "./seed.ts";

export interface Addresses {
  gateway: string;
  provider: string;
  runtime: string;
  mcpUrl: string;
  api: string;
  hostApp: string;
  /** The same app on an origin that its agent does not list. */
  otherHostApp: string;
}

/** One line of JSON with every address, id and token that a program needs to use the stack. */
export function summaryLine(addresses: Addresses, seeded: Seeded): string {
  return JSON.stringify({ ready: true, ...addresses, ...seeded, pid: process.pid });
}

export function summary(addresses: Addresses, seeded: Seeded): string {
  const { gateway, provider, runtime, mcpUrl, hostApp, otherHostApp } = addresses;
  const people = accounts.map(
    (account) => `  ${account.subject} / ${account.password}   ${account.name}, workspace ${account.workspace}`,
  );
  const vscode = JSON.stringify({ name: "support-api", type: "http", url: mcpUrl });
  return `
MCP Stack Gateway is up.

  MCP URL        ${mcpUrl}
  Dashboard      ${gateway}/dashboard   sign in with the API token below
  Gateway        ${gateway}
  Provider       ${provider}
  Runtime        ${runtime}
  Host app       ${hostApp}   embeds an agent for its signed-in user
  Second copy    ${otherHostApp}   an origin that the agent does not list
  Callback URL   ${seeded.callbackUrl}
  Organization   ${seeded.organizationId}
  Gateway id     ${seeded.gatewayId}
  Agent          ${seeded.agentHandle}, ${seeded.publishableKey}
  API token      ${seeded.apiToken}

Demo accounts
${people.join("\n")}

Connect a client
  Claude Code    claude mcp add --transport http support-api ${mcpUrl}
  VS Code        code --add-mcp '${vscode}'
  Codex          codex mcp add support-api --url ${mcpUrl}
  Inspector      npx @modelcontextprotocol/inspector --transport http --server-url ${mcpUrl}

Ctrl-C ends everything. Starting again keeps the data; npm start -- --reset clears it.
`;
}
