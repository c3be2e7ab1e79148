// The settings of an MCP server as flags, and as the REST object's fields.
import * as z from "zod";
import { serverUpdate } from "../../contract/management/servers.ts";
import { UsageFailure } from "../failure.ts";
import { json, repeated, repeatedWords, words, yes } from "../flags.ts";
import { readStandardInput } from "../standard-input.ts";

/** What create and update have in common. */
export const serverSettings = {
  scopes: words("scopes that everyone is asked for", { value: "scopes" }),
  tool: repeated("scopes that a tool needs: create_ticket=tickets.write; may be repeated", {
    value: "name=scopes",
    field: "tools",
  }),
  tools: json('all tools at once: [{"name":"create_ticket","scopes":["tickets.write"]}]'),
  broaderScope: repeated("a scope that includes others: tickets.admin=tickets.read,tickets.write; may be repeated", {
    value: "scope=scopes",
    field: "broaderScopes",
  }),
  allowedOrigins: repeatedWords("web origins whose pages may call the server, or '*' for every page", {
    value: "origins",
  }),
  staticHeadersStdin: yes("read the static headers from standard input, `Name: value` on each line"),
};

const settings = z.object(serverSettings);
const fields = serverUpdate.pick({
  ...({ scopes: true, tools: true, broaderScopes: true, allowedOrigins: true, staticHeaders: true } as const),
});

/** @throws UsageFailure for a tool or header that is not written as it should be */
export async function settingsOf(flags: z.output<typeof settings>): Promise<z.output<typeof fields>> {
  if (flags.tool && flags.tools !== undefined) throw new UsageFailure("give --tool or --tools, not both");
  const tools = flags.tool ? flags.tool.map((written) => namedScopes("--tool", written)) : toolsOf(flags.tools);
  const broaderScopes = flags.broaderScope?.map((written) => namedScopes("--broader-scope", written));
  return {
    ...(flags.scopes && { scopes: flags.scopes }),
    ...(tools && { tools }),
    ...(broaderScopes && { broaderScopes }),
    ...(flags.allowedOrigins && { allowedOrigins: flags.allowedOrigins }),
    ...(flags.staticHeadersStdin && { staticHeaders: headersOf(await readStandardInput("--static-headers-stdin")) }),
  };
}

function namedScopes(flag: "--tool" | "--broader-scope", written: string): { name: string; scopes: string[] } {
  const at = written.indexOf("=");
  if (at < 1) throw new UsageFailure(`${flag} ${written} must be a name, =, and scopes: ${examples[flag]}`);
  return {
    name: written.slice(0, at),
    scopes: written
      .slice(at + 1)
      .split(/[\s,]+/)
      .filter(Boolean),
  };
}

const examples = {
  "--tool": "create_ticket=tickets.write",
  "--broader-scope": "tickets.admin=tickets.read,tickets.write",
} as const;

function toolsOf(value: unknown) {
  const parsed = fields.shape.tools.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageFailure(`--tools ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not valid"}`);
}

function headersOf(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line, index) => {
      const at = line.indexOf(":");
      // The line itself may be a secret.
      if (at < 1) throw new UsageFailure(`--static-headers-stdin: line ${index + 1} is not \`Name: value\``);
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}
