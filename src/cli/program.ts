// The whole program: its groups of commands, and how help and usage errors look.
import { Command } from "commander";
import type { World } from "./command.ts";
import { addAgents } from "./commands/agents.ts";
import { addCompletion } from "./commands/completion.ts";
import { addGateways } from "./commands/gateways.ts";
import { addOrganizations } from "./commands/organizations.ts";
import { addPeople } from "./commands/people.ts";
import { addServers } from "./commands/servers.ts";
import { addSession } from "./commands/session.ts";
import { addTokens } from "./commands/tokens.ts";
import { version } from "./version.ts";

const environmentHelp = `
Environment:
  MCPSTACK_URL    the gateway's address; wins over what \`mcpstack login\` kept
  MCPSTACK_TOKEN  API token, or the deployment's ADMIN_TOKEN; wins likewise
  MCPSTACK_ORG    organization, where the token reaches several
  NO_COLOR        no colours

Exit codes: 0 done, 1 refused or failed, 2 not understood.

Examples:
  $ mcpstack login --url https://gateway.example.com
  $ mcpstack gateways create --name support-gateway --provider manual \\
      --authorization-server-url https://auth.example.com --client-id your-client-id
  $ mcpstack servers gateway attach support-api --gateway gw_support
  $ mcpstack gateways connect gw_support --server support-api`;

export function buildProgram(world: World): Command {
  const program = new Command("mcpstack")
    .description("Manages MCP Stack Gateway from the terminal.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "explain a command")
    .helpCommand("help [command]", "explain a command")
    .showHelpAfterError("Add --help for an explanation.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.terminal.print(text.trimEnd()),
      writeErr: (text) => world.terminal.note(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, `${world.terminal.paintNote("red", "mcpstack:")} `)),
    })
    .addHelpText("after", environmentHelp);
  addSession(program, world);
  addOrganizations(program, world);
  addTokens(program, world);
  addGateways(program, world);
  addServers(program, world);
  addAgents(program, world);
  addPeople(program, world);
  addCompletion(program, world);
  return program;
}
