// What the demo stack may be told: ports, state folder and lifetimes from the environment, three flags.
import { join } from "node:path";
import { parseArgs } from "node:util";

export interface DemoSettings {
  gatewayPort: number;
  authorizationServerPort: number;
  runtimePort: number;
  /** Of the host app; its second copy, on an origin that the agent does not list, has the next one. */
  hostAppPort: number;
  /** Absolute path of the folder that keeps keys, databases and the log between starts. */
  stateFolder: string;
  /** Seconds that the demo provider's access tokens live. */
  accessTokenTtl: number;
  /** Seconds that the demo provider's refresh tokens live. */
  refreshTokenTtl: number;
  /** Servers then have hosts of their own below it. */
  serverHostSuffix: string | null;
  /** Slug of the server whose documents and endpoints are at the root as well. */
  defaultServer: string | null;
  reset: boolean;
  json: boolean;
}

/** A mistake on the command line or in the environment: one line that says what to change. */
export class UsageError extends Error {}

/** The repository's root, where wrangler.toml and migrations are. */
export const projectRoot = join(import.meta.dirname, "..", "..");

const variables = {
  gatewayPort: ["MCPSTACK_DEMO_GATEWAY_PORT", 8787, "port of the gateway"],
  authorizationServerPort: ["MCPSTACK_DEMO_PROVIDER_PORT", 8788, "port of the demo authorization server"],
  runtimePort: ["MCPSTACK_DEMO_RUNTIME_PORT", 8789, "port of the demo runtime and its API"],
  hostAppPort: ["MCPSTACK_DEMO_HOST_PORT", 8790, "port of the host app; the next port serves a second copy"],
  accessTokenTtl: ["MCPSTACK_DEMO_ACCESS_TOKEN_TTL", 600, "seconds that the provider's access tokens live"],
  refreshTokenTtl: ["MCPSTACK_DEMO_REFRESH_TOKEN_TTL", 1_209_600, "seconds that the provider's refresh tokens live"],
} as const;

const stateVariable = "MCPSTACK_DEMO_STATE";
const suffixVariable = "MCPSTACK_DEMO_SERVER_HOST_SUFFIX";
const defaultVariable = "MCPSTACK_DEMO_DEFAULT_SERVER";

export const help = `Usage: npm start [-- options]

Starts the gateway, an authorization server, an MCP server with its API and a host app on localhost.

Options
  --reset    clear the state folder first
  --json     print one line of JSON instead of the summary once everything is up
  --help     print this text

Environment
${Object.values(variables)
  .map(([name, fallback, meaning]) => `  ${name.padEnd(32)} ${meaning} (${fallback})`)
  .join("\n")}
  ${suffixVariable.padEnd(32)} gives servers hosts of their own, such as mcp.localhost:8787 (none)
  ${defaultVariable.padEnd(32)} server at the root, for the oldest clients; "none" for nothing there (support-api)
  ${stateVariable.padEnd(32)} folder that keeps the data between starts (.wrangler/demo)
`;

/** Reads flags and environment; null when help was asked for. Throws UsageError. */
export function readSettings(argv: string[], environment: NodeJS.ProcessEnv): DemoSettings | null {
  const flags = readFlags(argv);
  if (flags.help) return null;
  const settings: DemoSettings = {
    gatewayPort: port("gatewayPort", environment),
    authorizationServerPort: port("authorizationServerPort", environment),
    runtimePort: port("runtimePort", environment),
    hostAppPort: whole("hostAppPort", environment, 1, 65_534),
    accessTokenTtl: whole("accessTokenTtl", environment, 1, 86_400),
    refreshTokenTtl: whole("refreshTokenTtl", environment, 1, 31_536_000),
    stateFolder: join(projectRoot, ".wrangler", "demo"),
    serverHostSuffix: environment[suffixVariable] || null,
    defaultServer: environment[defaultVariable] || "support-api",
    reset: flags.reset ?? false,
    json: flags.json ?? false,
  };
  if (settings.defaultServer === "none") settings.defaultServer = null;
  const folder = environment[stateVariable];
  if (folder) settings.stateFolder = folder.startsWith("/") ? folder : join(process.cwd(), folder);
  const { gatewayPort, authorizationServerPort, runtimePort, hostAppPort } = settings;
  const ports = [gatewayPort, authorizationServerPort, runtimePort, hostAppPort, hostAppPort + 1];
  if (new Set(ports).size < ports.length) throw new UsageError(`The ports must differ: ${ports.join(", ")}.`);
  return settings;
}

function readFlags(argv: string[]) {
  try {
    const options = { help: { type: "boolean" }, reset: { type: "boolean" }, json: { type: "boolean" } } as const;
    return parseArgs({ args: argv, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error} Try npm start -- --help.`);
  }
}

function port(field: keyof typeof variables, environment: NodeJS.ProcessEnv): number {
  return whole(field, environment, 1, 65_535);
}

function whole(field: keyof typeof variables, environment: NodeJS.ProcessEnv, least: number, most: number): number {
  const [name, fallback] = variables[field];
  const text = environment[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
}
