// What the demo stack remembers between starts: keys made once, and the ids and token that seeding was given.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { type DemoSettings, UsageError } from "./settings.ts";

const marker = "demo.json";

const kept = z.object({
  ports: z.array(z.number()),
  masterKey: z.string(),
  adminToken: z.string(),
  cookieKey: z.string(),
  gatewayClientSecret: z.string(),
  providerKey: z.looseObject({ kty: z.string() }),
  organizationId: z.string().optional(),
  apiToken: z.string().optional(),
});

export type Kept = z.infer<typeof kept>;

/** Opens the state folder, making it and its keys on the first start. Throws UsageError when it belongs to other ports. */
export function openState(settings: DemoSettings) {
  const file = join(settings.stateFolder, marker);
  if (settings.reset) clear(settings.stateFolder);
  mkdirSync(settings.stateFolder, { recursive: true, mode: 0o700 });
  const ports = [settings.gatewayPort, settings.authorizationServerPort, settings.runtimePort];
  let values = existsSync(file) ? kept.parse(JSON.parse(readFileSync(file, "utf8"))) : firstValues(ports);
  // Issuers and registered URLs carry the ports, so the data of one set of ports is of no use on another.
  if (values.ports.join() !== ports.join()) {
    throw new UsageError(
      `${settings.stateFolder} was made for ports ${values.ports.join(", ")}. ` +
        "Use those ports, name another folder in MCPSTACK_DEMO_STATE, or clear this one with --reset.",
    );
  }
  const save = () => {
    writeFileSync(`${file}.new`, JSON.stringify(values, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  save();
  return {
    path: (...parts: string[]) => join(settings.stateFolder, ...parts),
    read: (): Kept => values,
    update(change: Partial<Kept>) {
      values = { ...values, ...change };
      save();
    },
  };
}

export type State = ReturnType<typeof openState>;

/** Removes a state folder; refuses one that this stack did not make, because the path comes from the environment. */
function clear(folder: string): void {
  if (!existsSync(folder)) return;
  if (!existsSync(join(folder, marker))) {
    throw new UsageError(`${folder} holds no ${marker}, so it is not a state folder of the demo and is not cleared.`);
  }
  rmSync(folder, { recursive: true });
}

function firstValues(ports: number[]): Kept {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    ports,
    masterKey: randomBytes(32).toString("base64"),
    adminToken: randomBytes(32).toString("base64url"),
    cookieKey: randomBytes(32).toString("base64url"),
    gatewayClientSecret: randomBytes(32).toString("base64url"),
    providerKey: kept.shape.providerKey.parse({
      ...privateKey.export({ format: "jwk" }),
      kid: randomBytes(8).toString("hex"),
      use: "sig",
      alg: "RS256",
    }),
  };
}
