// `mcpstack gateways`: profiles of downstream authorization servers, and everything that happens at them.
import type { Command } from "commander";
import * as z from "zod";
import type { GatewayView } from "../../contract/management/gateways.ts";
import { routes } from "../../contract/management/routes.ts";
import { findProviderPreset } from "../../contract/providers.ts";
import { type Call, command, type World } from "../command.ts";
import { UsageFailure } from "../failure.ts";
import { argument, none, paging, sure, text, words as wordsFlag, yes } from "../flags.ts";
import { listing } from "../shown.ts";
import { addCheck } from "./check.ts";
import { addConnect } from "./connect.ts";
import { askForGateway } from "./gateway-asked.ts";
import { clearedOf, fieldsOf, gatewaySettings } from "./gateway-fields.ts";
import { gatewayColumns, gatewayText } from "./gateway-text.ts";
import { addGrants } from "./grants.ts";
import { addLogs } from "./logs.ts";
import { addPresets, checklistOf } from "./presets.ts";

const gateway = z.object({ gateway: argument("id, name or handle of the profile: gw_support") });

export function addGateways(program: Command, world: World): void {
  const group = program
    .command("gateways")
    .description("Gateway profiles: how people sign in at an organization's provider.");
  addCreate(group, world);
  command(group, world, {
    name: "list",
    summary: "List gateway profiles",
    args: none,
    flags: z.object(paging),
    async run(call) {
      const gateways = await call.ask(routes.listGateways, { params: await call.org(), query: call.flags });
      call.show(gateways, listing(call, gatewayColumns, "No gateways yet: `mcpstack gateways create`."));
    },
  });
  command(group, world, {
    name: "get",
    summary: "Show a gateway profile",
    examples: ["gateways get gw_support --json"],
    args: gateway,
    flags: none,
    run: async (call) => call.show(await read(call), gatewayText),
  });
  addUpdate(group, world);
  command(group, world, {
    name: "delete",
    summary: "Delete a gateway profile; refused while servers are attached",
    args: gateway,
    flags: z.object(sure),
    async run(call) {
      const { id, name } = (await read(call)).view();
      await call.confirm(`Delete the gateway ${name}?`, call.flags.yes);
      await call.ask(routes.deleteGateway, { params: { ...(await call.org()), gatewayId: id } });
      call.tell(`Deleted ${name}.`);
    },
  });
  addPresets(group, world);
  addCheck(group, world);
  addLogs(group, world);
  addGrants(group, world);
  addConnect(group, world);
}

async function read({ ask, org, args }: Pick<Call<{ gateway: string }, unknown>, "ask" | "org" | "args">) {
  return ask(routes.getGateway, { params: { ...(await org()), gatewayId: args.gateway } });
}

function addCreate(group: Command, world: World): void {
  command(group, world, {
    name: "create",
    summary: "Create a gateway profile; without flags it asks",
    examples: [
      [
        "gateways create --name support-gateway --provider manual",
        "--authorization-server-url https://auth.example.com --client-id your-client-id",
        '--resource https://api.example.com --scopes "openid profile email" --json',
      ].join(" \\\n      "),
      "gateways create",
    ],
    args: none,
    flags: z.object({ name: text("shown to people"), ...gatewaySettings }),
    async run(call) {
      const { name, ...settings } = call.flags;
      const fields = await fieldsOf(settings, warning(call));
      if (name !== undefined) {
        const body = { ...fields, name };
        return call.show(await call.ask(routes.createGateway, { params: await call.org(), body }), createdText(call));
      }
      if (Object.keys(fields).length > 0 || !call.terminal.interactive) throw new UsageFailure("--name is required");
      call.show(await askForGateway(call), createdText(call));
    },
  });
}

/** What comes next is said beside the answer. */
function createdText({ terminal }: Pick<World, "terminal">) {
  return (view: GatewayView): string => {
    const found =
      view.pinnedIssuer === null ? "Discovery found no issuer yet: check the URL, and that it can be reached." : null;
    const register = `Register exactly this callback URL at the provider:\n  ${view.callbackUrl}`;
    for (const line of [found, register]) if (line) terminal.note(line);
    const preset = findProviderPreset(view.providerType);
    if (preset) terminal.note([`To do at ${preset.name}:`, ...checklistOf(preset, view.callbackUrl)].join("\n"));
    for (const { message, suggested } of view.warnings) {
      warning({ terminal })(`${message}; probably meant: ${suggested}`);
    }
    return gatewayText(view);
  };
}

function addUpdate(group: Command, world: World): void {
  command(group, world, {
    name: "update",
    summary: "Change fields of a gateway profile; another issuer or subject ends its sign-ins",
    examples: [
      "gateways update gw_support --scopes openid,profile,email,tickets.read",
      'printf %s "$SECRET" | mcpstack gateways update gw_support --client-secret-stdin',
      "gateways update gw_support --drop-previous-client-secret",
      "gateways update gw_support --unset metadata-url",
    ],
    args: gateway,
    flags: z.object({
      name: text("shown to people"),
      ...gatewaySettings,
      dropPreviousClientSecret: yes("end the secret before the current one"),
      unset: wordsFlag("fields to clear, such as metadata-url", { value: "fields" }),
    }),
    async run(call) {
      const { name, dropPreviousClientSecret, unset, ...settings } = call.flags;
      const body = {
        ...clearedOf(unset ?? []),
        ...(await fieldsOf(settings, warning(call))),
        ...(name !== undefined && { name }),
        ...(dropPreviousClientSecret && { dropPreviousClientSecret }),
      };
      if (Object.keys(body).length === 0) throw new UsageFailure("name at least one field to change");
      const params = { ...(await call.org()), gatewayId: call.args.gateway };
      call.show(await call.ask(routes.updateGateway, { params, body }), (view) => {
        if (view.grantsEnded > 0)
          call.terminal.note(`${view.grantsEnded} sign-ins ended: the change means other users.`);
        return gatewayText(view);
      });
    },
  });
}

function warning({ terminal }: Pick<World, "terminal">) {
  return (sentence: string) => terminal.note(`${terminal.paintNote("yellow", "warning:")} ${sentence}`);
}
