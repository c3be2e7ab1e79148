// One command: arguments and flags parsed once, the gateway asked, the answer shown as JSON or for a person.
import { type Command, Option } from "commander";
import * as z from "zod";
import { routes } from "../contract/management/routes.ts";
import { type Answer, type Api, openApi } from "./api.ts";
import { Failure, UsageFailure } from "./failure.ts";
import { flagMeta, flagName, text, yes } from "./flags.ts";
import { chosenOrganization } from "./organization.ts";
import { openSession, type Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** What every command is handed of the world. */
export interface World {
  environment: NodeJS.ProcessEnv;
  terminal: Terminal;
}

export interface Call<A, F> extends World {
  args: A;
  flags: F;
  json: boolean;
  /** What --org named. */
  orgName: string | null;
  /** Opened at first use. @throws Failure without a gateway or token */
  session(): Session;
  ask: Api["ask"];
  /** The organization that is meant, as the parameter of a route. */
  org(): Promise<{ orgId: string }>;
  /** The whole answer as JSON, or what `human` makes of it. */
  show<T>(answer: Answer<T>, human: (view: T) => string): void;
  /** A sentence about what was done, for people only. */
  tell(sentence: string): void;
  /** @throws Failure when the answer is no; @throws UsageFailure when nobody can be asked */
  confirm(question: string, sure: boolean): Promise<void>;
}

export interface CommandSpec<A extends z.ZodObject, F extends z.ZodObject> {
  name: string;
  summary: string;
  examples?: readonly string[];
  /** Below the options in help. */
  notes?: string;
  /** Needs no organization, so that it takes no --org. */
  anywhere?: boolean;
  args: A;
  flags: F;
  run(call: Call<z.output<A>, z.output<F>>): Promise<void>;
}

const common = z.object({
  org: text("organization, by id or name (else MCPSTACK_ORG, or the only one)", { value: "id" }),
  json: yes("print the REST object as JSON, and nothing else"),
});

/** Adds the command to a group. Its failures leave with the field's flag beside the field. */
export function command<A extends z.ZodObject, F extends z.ZodObject>(
  group: Command,
  world: World,
  spec: CommandSpec<A, F>,
): void {
  const made = group.command(spec.name).summary(spec.summary).description(spec.summary);
  for (const [name, schema] of Object.entries(spec.args.shape)) {
    const optional = z.safeParse(schema, undefined).success;
    made.argument(optional ? `[${name}]` : `<${name}>`, flagMeta.get(schema)?.about);
  }
  const { org, ...everywhere } = common.shape;
  const flags = { ...spec.flags.shape, ...(spec.anywhere ? {} : { org }), ...everywhere };
  addFlags(made, flags);
  if (spec.examples?.length) {
    made.addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  $ mcpstack ${line}`).join("\n")}`);
  }
  if (spec.notes) made.addHelpText("after", `\n${spec.notes}`);
  const names = Object.keys(spec.args.shape);
  made.action(async () => {
    const options = optionsOf(made, flags);
    const given = Object.fromEntries(names.map((name, at): [string, unknown] => [name, made.processedArgs[at]]));
    const call = callOf(
      world,
      parsed(spec.args, given, (key) => `<${key}>`),
      parsed(spec.flags, options, flagName),
      {
        ...parsed(common, options, flagName),
      },
    );
    try {
      await spec.run(call);
    } catch (error) {
      throw error instanceof Failure ? withFlags(error, flags) : error;
    }
  });
}

type Flags = Record<string, z.core.$ZodType>;

function addFlags(made: Command, flags: Flags): void {
  for (const [key, schema] of Object.entries(flags)) {
    const meta = flagMeta.get(schema);
    const mandatory = !z.safeParse(schema, undefined).success;
    const option = (name: string) => {
      const one = new Option(meta?.value ? `${name} <${meta.value}>` : name, meta?.about);
      if (meta?.repeated) one.argParser((value: string, before: string[] = []) => [...before, value]);
      return one;
    };
    const aliases = meta?.aliases ?? [];
    made.addOption(option(flagName(key)).makeOptionMandatory(mandatory && aliases.length === 0));
    for (const alias of aliases) made.addOption(option(alias).hideHelp());
  }
}

/** What was typed, an alias under the name that it stands for. */
function optionsOf(made: Command, flags: Flags): Record<string, unknown> {
  const options: Record<string, unknown> = { ...made.opts() };
  for (const [key, schema] of Object.entries(flags)) {
    for (const alias of flagMeta.get(schema)?.aliases ?? []) {
      const value = options[new Option(alias).attributeName()];
      if (value === undefined) continue;
      if (options[key] !== undefined) throw new UsageFailure(`${flagName(key)} and ${alias} are the same; give one`);
      options[key] = value;
    }
  }
  return options;
}

function parsed<T extends z.ZodObject>(schema: T, value: unknown, nameOf: (key: string) => string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UsageFailure(`${nameOf(String(issue?.path[0] ?? ""))} ${issue?.message ?? "is not valid"}`);
}

/** The flag that sets this REST field, or null when the command has none. */
function withFlags(failure: Failure, flags: Flags): Failure {
  const root = failure.detail.field?.split(".")[0];
  const found = Object.entries(flags).find(([key, schema]) => (flagMeta.get(schema)?.field ?? key) === root);
  if (found) failure.flag = flagName(found[0]);
  return failure;
}

function callOf<A, F>(world: World, args: A, flags: F, { json, org }: z.output<typeof common>): Call<A, F> {
  const { terminal, environment } = world;
  let session: Session | undefined;
  let api: Api | undefined;
  const opened = () => {
    session ??= openSession(environment);
    return session;
  };
  const ask: Api["ask"] = (route, sent) => {
    api ??= openApi(opened());
    return api.ask(route, sent);
  };
  return {
    ...world,
    args,
    flags,
    json,
    orgName: org ?? null,
    session: opened,
    ask,
    async org() {
      const listOrganizations = () => ask(routes.listOrganizations, { query: { pageSize: 200 } });
      const named = org ?? environment.MCPSTACK_ORG ?? null;
      return { orgId: await chosenOrganization(named, () => opened().organization, listOrganizations) };
    },
    show(answer, human) {
      if (!json) terminal.print(human(answer.view()));
      else if (answer.raw !== undefined) terminal.print(JSON.stringify(answer.raw, null, 2));
    },
    tell(sentence) {
      if (!json) terminal.print(sentence);
    },
    async confirm(question, sure) {
      if (sure) return;
      if (!terminal.interactive) {
        throw new UsageFailure(`${question} Nobody is here to answer`, { fix: "add --yes to do it without asking" });
      }
      const { askWhether } = await import("./questions.ts");
      if (!(await askWhether(question))) throw new Failure("nothing was changed");
    },
  };
}
