// What an operator deploys: the bundle builds without an account, and its settings are complete and explained.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { type Bindings, parseSettings } from "../src/worker/settings.ts";
import { readBundleSize } from "./rig/bundle-size.ts";
import { toSource, walk, wordOf } from "./rig/house.ts";

/** The part of wrangler's configuration that is judged here; its own type is not in the published declarations. */
interface Deployment {
  account_id?: string;
  compatibility_flags: string[];
  vars: Record<string, unknown>;
  secrets?: { required?: string[] };
  d1_databases: { binding: string; database_id?: string }[];
  kv_namespaces: { binding: string; id?: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  ratelimits: { name: string }[];
  migrations: { new_sqlite_classes?: string[] }[];
  observability?: { enabled?: boolean; redact_query_string?: boolean };
}

const root = new URL("..", import.meta.url).pathname;
const config: Deployment = unstable_readConfig({ config: join(root, "wrangler.toml") });

/** Compressed bytes: a cold start pays for the first, an upload for the second. */
const budget = { startup: 60 * 1024, total: 268 * 1024 };

const bound = [
  ...config.d1_databases.map((one) => one.binding),
  ...config.kv_namespaces.map((one) => one.binding),
  ...config.durable_objects.bindings.map((one) => one.name),
  ...config.ratelimits.map((one) => one.name),
];
const variables = Object.keys(config.vars);
const secrets = config.secrets?.required ?? [];

describe("wrangler deploy --dry-run", () => {
  const outdir = mkdtempSync(join(tmpdir(), "mcp-stack-gateway-bundle-"));
  let said = "";

  beforeAll(async () => {
    const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
    // A home of its own: no account, no setting of whoever runs this can make it pass.
    const env = {
      PATH: process.env.PATH,
      HOME: outdir,
      XDG_CONFIG_HOME: outdir,
      CI: "true",
      WRANGLER_SEND_METRICS: "false",
    };
    const run = promisify(execFile);
    const args = [wrangler, "deploy", "--dry-run", "--outdir", join(outdir, "bundle")];
    const { stdout, stderr } = await run(process.execPath, args, { cwd: root, env });
    said = stripVTControlCharacters(stdout + stderr);
  });

  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  test("builds without an account, an id or a warning", () => {
    expect(said).toContain("--dry-run: exiting now.");
    expect(said).not.toContain("[WARNING]");
  });

  test.for(bound)("binds %s", (name) => {
    expect(said).toContain(`env.${name} `);
  });

  test("an isolate starts with 60 KB at most; all modules together stay within their budget", () => {
    const { startup, total, modules } = readBundleSize(root);
    const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
    console.info(`worker: ${kilobytes(startup)} gzip at start, ${kilobytes(total)} in ${modules} modules`);
    expect(modules).toBeGreaterThan(1);
    expect(startup).toBeLessThanOrEqual(budget.startup);
    expect(total).toBeLessThanOrEqual(budget.total);
  });

  test("no schema library, query builder, page or provider code is among what an isolate starts with", () => {
    const names = readBundleSize(root).shares.startup.map(({ name }) => name);
    const late = /^(?:zod|drizzle-orm|oauth4webapi|hono|src\/worker\/(?:ui|admin|downstream|endpoints\/dashboard))/;
    expect(names).toContain("src/worker/endpoints/proxy");
    expect(names.filter((name) => late.test(name))).toEqual([]);
  });
});

describe("wrangler.toml", () => {
  test("names no account, database or namespace: the first deployment provisions them", () => {
    expect(config.account_id).toBeUndefined();
    expect(config.d1_databases.map((one) => one.database_id)).toEqual(config.d1_databases.map(() => undefined));
    expect(config.kv_namespaces.map((one) => one.id)).toEqual(config.kv_namespaces.map(() => undefined));
  });

  test("logs without query strings, because codes and states travel in URLs", () => {
    expect(config.observability).toMatchObject({ enabled: true, redact_query_string: true });
  });

  test("keeps outgoing requests on the public internet", () => {
    expect(config.compatibility_flags).toContain("global_fetch_strictly_public");
  });

  test("every Durable Object class is migrated to SQLite", () => {
    const migrated = config.migrations.flatMap((one) => one.new_sqlite_classes ?? []);
    expect(config.durable_objects.bindings.map((one) => one.class_name).sort()).toEqual(migrated.sort());
  });

  test("no secret stands among the variables", () => {
    expect(variables.filter((name) => secrets.includes(name) || /KEY|TOKEN|SECRET|PASSWORD/.test(name))).toEqual([]);
  });

  test("whatever the worker refuses to start without is bound, set or declared as a required secret", () => {
    const parsed = parseSettings({} as Bindings);
    const missing = parsed.ok ? [] : parsed.problems.map((one) => one.name);
    expect(missing).toEqual(expect.arrayContaining(["DB", "PUBLIC_ORIGIN", "MASTER_KEY", "ADMIN_TOKEN"]));
    expect(missing.filter((name) => ![...bound, ...variables, ...secrets].includes(name))).toEqual([]);
    expect(secrets.filter((name) => !missing.includes(name))).toEqual([]);
  });
});

describe("settings that the worker reads", () => {
  const names = namesOfBindings();

  test("are all that wrangler.toml binds, sets or requires", () => {
    expect(names).toEqual(expect.arrayContaining(["DB", "PUBLIC_ORIGIN", "MASTER_KEY"]));
    expect([...bound, ...variables, ...secrets].filter((name) => !names.includes(name))).toEqual([]);
  });

  test("each have a row (| `NAME` | …) in the README's table", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    expect(names.filter((name) => !new RegExp(`^\\| \`${name}\` +\\|`, "m").test(readme))).toEqual([]);
  });
});

/** The members of `Bindings` in settings.ts, which is the one place where the worker meets its environment. */
function namesOfBindings(): string[] {
  const path = "src/worker/settings.ts";
  const { tree } = toSource(path, readFileSync(join(root, path), "utf8"));
  const members = [...(tree ? walk(tree) : [])].filter(
    ([node, [, owner]]) => node.type === "TSPropertySignature" && wordOf(owner?.id) === "Bindings",
  );
  return members.map(([node]) => wordOf(node.key));
}
