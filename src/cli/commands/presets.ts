// `mcpstack gateways presets`: what can be chosen as --provider, and what each one needs and says.
import type { Command } from "commander";
import * as z from "zod";
import {
  findProviderPreset,
  type PresetField,
  type ProviderPreset,
  providerPresets,
} from "../../contract/providers.ts";
import { command, type World } from "../command.ts";
import { Failure } from "../failure.ts";
import { argument, flagName, none } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { type Column, table } from "../text.ts";

const columns: Column<ProviderPreset>[] = [
  { head: "id", cell: ({ id }) => id },
  { head: "name", cell: ({ name }) => name },
  { head: "MCP clients", cell: ({ doors }) => doors.external },
  { head: "embedded apps", cell: ({ doors }) => doors.embedded },
];

export function addPresets(group: Command, world: World): void {
  command(group, world, {
    name: "presets",
    summary: "List provider presets, or show what one needs",
    examples: ["gateways presets", "gateways presets okta", "gateways presets okta --json"],
    notes: "Needs no gateway: the presets are part of this version of mcpstack.",
    anywhere: true,
    args: z.object({ id: argument("id of one preset, as --provider takes it").optional() }),
    flags: none,
    async run(call) {
      const { terminal, args } = call;
      if (args.id === undefined) {
        const style = { width: terminal.width, head: (text: string) => terminal.paint("bold", text) };
        call.show({ raw: asJson(providerPresets), view: () => providerPresets }, (all) => table(columns, all, style));
        return;
      }
      const preset = findProviderPreset(args.id);
      if (!preset) {
        const known = providerPresets.map(({ id }) => id).join(", ");
        throw new Failure(`there is no preset "${args.id}"`, { expected: known });
      }
      call.show({ raw: asJson(preset), view: () => preset }, (one) => presetText(one, terminal));
    },
  });
}

/** Patterns as their source, which JSON has no other word for. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, member) => (member instanceof RegExp ? member.source : member)));
}

const when: Record<PresetField["needed"], string> = {
  always: "",
  embedded: " (for embedded apps)",
  optional: " (optional)",
};

function presetText(preset: ProviderPreset, { paint }: Pick<Terminal, "paint">): string {
  const fields = preset.fields.flatMap(({ name, label, example, where, needed }) => [
    `  ${flagName(name)}${when[needed]}`,
    `      ${label}, such as ${example}`,
    `      ${where}`,
  ]);
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", paint("bold", title), ...lines];
  return [
    `${preset.name} (--provider ${preset.id})`,
    `  MCP clients    ${preset.doors.external}`,
    `  embedded apps  ${preset.doors.embedded}`,
    ...part("Fields", fields),
    ...part("At the provider", checklistOf(preset, "the profile's callback URL")),
    ...part(
      "Limits",
      preset.limits.map((limit) => `  ${limit}`),
    ),
  ].join("\n");
}

/** Numbered, with the callback URL where it belongs. */
export function checklistOf({ checklist }: Pick<ProviderPreset, "checklist">, callbackUrl: string): string[] {
  return checklist.map((step, index) => `  ${index + 1}. ${step.replaceAll("{callbackUrl}", callbackUrl)}`);
}
