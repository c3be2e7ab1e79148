// npm start: the authorization server, the runtime and the gateway on localhost, seeded and ready for MCP clients.
import { startAuthorizationServer } from "./authorization-server.ts";
import { migrate, startGateway } from "./gateway.ts";
import { isTaken, type Listening } from "./listen.ts";
import { apiResourceAt, startRuntime } from "./runtime.ts";
import { seed } from "./seed.ts";
import { type DemoSettings, help, readSettings, UsageError } from "./settings.ts";
import { openState } from "./state.ts";
import { type Addresses, summary, summaryLine } from "./summary.ts";

const slug = "support-api";

/** What has been started, newest last; ended in the opposite order. */
const running: Listening[] = [];
let ending: Promise<never> | undefined;

function end(code: number): Promise<never> {
  ending ??= (async () => {
    for (const part of running.reverse()) await part.close().catch(console.error);
    process.exit(code);
  })();
  return ending;
}

async function start(settings: DemoSettings): Promise<void> {
  await refuseTakenPorts(settings);
  const state = openState(settings);
  const keep = <T extends Listening>(part: T): T => {
    running.push(part);
    return part;
  };
  const origin = `http://localhost:${settings.gatewayPort}`;
  const mcpUrl = `${origin}/s/${slug}/mcp`;
  const apiResource = apiResourceAt(settings.runtimePort);
  const kept = state.read();

  const provider = keep(
    await startAuthorizationServer({
      port: settings.authorizationServerPort,
      apiResource,
      storePath: state.path("provider.sqlite"),
      cookieKey: kept.cookieKey,
      signingKey: kept.providerKey,
      accessTokenTtl: settings.accessTokenTtl,
      refreshTokenTtl: settings.refreshTokenTtl,
    }),
  );
  // For the host application of the embedded door: a page on its own origin, so a public client.
  await provider.register({
    clientId: "demo-host-app",
    clientName: "Demo host app",
    redirectUris: ["http://localhost:8790/callback"],
    clientSecret: null,
  });
  const storePath = state.path("tickets.sqlite");
  const rules = { issuer: provider.issuer, gatewayOrigin: origin, mcpUrl, storePath };
  const runtime = keep(await startRuntime({ port: settings.runtimePort, ...rules }));
  await migrate(state);
  if (ending) return;
  const gateway = keep(startGateway(settings, state, slug));
  void gateway.ended.then((code) => {
    if (ending === undefined) console.error(`The gateway's process ended (${code}); see ${state.path("gateway.log")}`);
    return end(1);
  });
  await gateway.healthy;

  const seeded = await seed({ origin, slug, runtimeUrl: runtime.url, apiResource, provider, state });
  const addresses: Addresses = {
    gateway: origin,
    provider: provider.issuer,
    runtime: runtime.url,
    mcpUrl,
    api: apiResource,
  };
  console.log(settings.json ? summaryLine(addresses, seeded) : summary(addresses, seeded));
}

async function refuseTakenPorts(settings: DemoSettings): Promise<void> {
  const ports: [string, number, string][] = [
    ["gateway", settings.gatewayPort, "MCPSTACK_DEMO_GATEWAY_PORT"],
    ["authorization server", settings.authorizationServerPort, "MCPSTACK_DEMO_PROVIDER_PORT"],
    ["runtime", settings.runtimePort, "MCPSTACK_DEMO_RUNTIME_PORT"],
  ];
  for (const [what, port, variable] of ports) {
    if (await isTaken(port)) {
      throw new Error(`Port ${port} for the ${what} is taken: end what uses it, or set ${variable} to another.`);
    }
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(0));

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings === null) console.log(help);
  else await start(settings);
} catch (error) {
  // Asked to end while starting: what fails then is no news.
  if (ending === undefined) console.error(error instanceof Error ? error.message : error);
  await end(error instanceof UsageError ? 2 : 1);
}
