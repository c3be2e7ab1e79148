// The gateway's own process: bundles the Worker as a deployment would and runs it in workerd until the parent is gone.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { unstable_startWorker as startWorker } from "wrangler";
import * as z from "zod";
import { openFront } from "./front.ts";
import { projectRoot } from "./settings.ts";

/** What the parent sends first. Secrets travel here and not in the environment, which other processes can read. */
const order = z.object({
  port: z.int(),
  persist: z.string(),
  variables: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
});

const minute = 60_000;

// The channel closes however the parent ends, so nothing outlives it, not even a start that hangs.
process.once("disconnect", () => setTimeout(() => process.exit(0), 3_000));
process.once("message", (message) => {
  run(order.parse(message)).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function run({ port, persist, variables, secrets }: z.infer<typeof order>): Promise<void> {
  const worker = await startWorker({
    config: join(projectRoot, "wrangler.toml"),
    envFiles: [],
    bindings: {
      ...bindings("plain_text", variables),
      ...bindings("secret_text", secrets),
    },
    dev: {
      server: { hostname: "127.0.0.1", port: 0 },
      persist,
      watch: false,
      inspector: false,
      remote: false,
      logLevel: "log",
    },
  });
  process.once("disconnect", () => void worker.dispose().finally(() => process.exit(0)));
  await worker.ready;
  await openFront(port, await addressOf(worker));
  // Locally nothing rings the Worker's cron, so this does, as often as wrangler.toml says.
  const cron = new URL(`http://localhost:${port}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`);
  setInterval(() => fetch(cron).catch(console.error), minute);
}

/** The Worker's own workerd: wrangler's reloading one before it is not needed, and keeps from it that a client left. */
async function addressOf(worker: Awaited<ReturnType<typeof startWorker>>): Promise<URL> {
  // wrangler is ready as soon as it listens, which may be before the Worker runs. How long this may take the parent says.
  for (;;) {
    const local = worker.raw.runtimes.find(({ mf }) => mf !== undefined);
    if (local?.mf !== undefined) return local.mf.ready;
    await pause(50);
  }
}

function bindings<T extends string>(type: T, values: Record<string, string>) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type, value }]));
}
