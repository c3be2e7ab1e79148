// `mcpstack login`, `logout`, `whoami`: which gateway, whose token, which organizations it reaches.
import type { Command } from "commander";
import * as z from "zod";
import { routes } from "../../contract/management/routes.ts";
import { openApi } from "../api.ts";
import { command, type World } from "../command.ts";
import { configPath, here, isOpenToOthers, readConfig, removeConfig, writeConfig } from "../config.ts";
import { UsageFailure } from "../failure.ts";
import { none, url, yes } from "../flags.ts";
import { chosenOrganization } from "../organization.ts";
import { gatewayOrigin, type Session } from "../session.ts";
import { readStandardInput } from "../standard-input.ts";
import { pairs, printable } from "../text.ts";

export function addSession(program: Command, world: World): void {
  addLogin(program, world);
  command(program, world, {
    name: "logout",
    summary: "Forget the token that login kept; it stays valid until it is revoked",
    anywhere: true,
    args: none,
    flags: none,
    async run({ environment, tell }) {
      const path = configPath(here(environment));
      tell(removeConfig(path) ? `Removed ${path}.` : "Nobody was logged in.");
      if (environment.MCPSTACK_TOKEN) tell("MCPSTACK_TOKEN is set and is still used.");
    },
  });
  command(program, world, {
    name: "whoami",
    summary: "Show the gateway, where the token comes from, and the organizations that it reaches",
    anywhere: true,
    args: none,
    flags: none,
    async run({ environment, session, ask, json, terminal }) {
      const { url, from, organization } = session();
      const reached = (await ask(routes.listOrganizations, { query: { pageSize: 200 } })).view();
      const path = configPath(here(environment));
      if (from.token === path && isOpenToOthers(path)) {
        terminal.note(`warning: others on this machine can read ${path}; chmod 600 it.`);
      }
      const items = reached.items.map(({ id, name }) => ({ id, name }));
      const chosen = environment.MCPSTACK_ORG ?? organization ?? (reached.total === 1 ? items[0]?.id : null) ?? null;
      const known = { url, urlFrom: from.url, tokenFrom: from.token, organization: chosen, organizations: items };
      if (json) return terminal.print(JSON.stringify(known, null, 2));
      terminal.print(
        pairs([
          ["gateway", url],
          ["token from", from.token],
          ...items.map(({ id, name }): [string, string] => [
            "organization",
            `${id}  ${name}${id === chosen ? "  *" : ""}`,
          ]),
        ]),
      );
    },
  });
}

function addLogin(program: Command, world: World): void {
  command(program, world, {
    name: "login",
    summary: "Keep a gateway's address and an API token for the commands that follow",
    examples: [
      "login --url https://gateway.example.com",
      "login --url https://gateway.example.com --token-stdin < token.txt",
    ],
    notes: "The token is asked for without echo, or read from MCPSTACK_TOKEN, and checked before anything is kept.",
    args: none,
    flags: z.object({
      url: url("the gateway's address (else MCPSTACK_URL)"),
      tokenStdin: yes("read the token from standard input"),
    }),
    async run({ environment, terminal, flags, json, orgName }) {
      const path = configPath(here(environment));
      const origin = urlOf(flags.url, environment, () => readConfig(path)?.url);
      const token = await tokenOf(flags.tokenStdin, world);
      const session: Session = {
        url: origin,
        token,
        organization: null,
        from: { url: "--url", token: "what was given" },
      };
      const listed = await openApi(session).ask(routes.listOrganizations, { query: { pageSize: 200 } });
      const { items, total } = listed.view();
      const named = orgName ?? environment.MCPSTACK_ORG ?? null;
      const organization =
        named === null && total !== 1
          ? null
          : await chosenOrganization(
              named,
              () => null,
              async () => listed,
            );
      writeConfig(path, { url: origin, token, ...(organization !== null && { organization }) });
      const kept = { url: origin, organization, path };
      if (json) return terminal.print(JSON.stringify(kept, null, 2));
      const name = items.find((one) => one.id === organization)?.name;
      terminal.print(`Logged in to ${origin}${name ? `, organization ${printable(name)}` : ""}. Kept in ${path}.`);
      if (organization === null)
        terminal.note(`The token reaches ${total} organizations: name one with --org or MCPSTACK_ORG.`);
    },
  });
}

function urlOf(flag: string | undefined, { MCPSTACK_URL }: NodeJS.ProcessEnv, kept: () => string | undefined): string {
  if (flag !== undefined) return gatewayOrigin(flag, "--url");
  if (MCPSTACK_URL) return gatewayOrigin(MCPSTACK_URL, "MCPSTACK_URL");
  const known = kept();
  if (known === undefined) throw new UsageFailure("--url is needed, such as https://gateway.example.com");
  return known;
}

async function tokenOf(fromStandardInput: boolean, { environment, terminal }: World): Promise<string> {
  if (fromStandardInput) return (await readStandardInput("--token-stdin")).trim();
  if (environment.MCPSTACK_TOKEN) return environment.MCPSTACK_TOKEN;
  if (!terminal.interactive) {
    throw new UsageFailure("a token is needed, and nobody is here to be asked", {
      fix: "set MCPSTACK_TOKEN, or pipe it in with --token-stdin",
    });
  }
  const { askSecret } = await import("../questions.ts");
  return askSecret("API token", (typed) => (/^\S+$/.test(typed) ? undefined : "is one word, mcpstack_sk_…"));
}
