// npm start: the authorization server, the runtime, the gateway and a host app on localhost, seeded and ready to use.

import { apiScopes, resourcesOf } from "./authorization-server/resources.ts";
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.ts";
import { migrate, startGateway } from "./gateway.ts";
import { bundlePage, type PageFiles } from "./host-app/bundle.ts";
import type { HostAppConfig } from "./host-app/page/config.ts";
import { startHostApp } from "./host-app.ts";
import { isTaken, type Listening } from "./listen.ts";
import { apiResourceAt, startRuntime } from "./runtime.ts";
import { type Seeded, seed } from "./seed.ts";
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
  const files = await bundlePage();
  const origin = `http://localhost:${settings.gatewayPort}`;
  const { serverHostSuffix: suffix } = settings;
  const mcpUrl = suffix ? `http://${slug}.${suffix}/mcp` : `${origin}/s/${slug}/mcp`;
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
  const storePath = state.path("tickets.sqlite");
  const rules = { issuer: provider.issuer, gatewayOrigin: origin, mcpUrl, storePath };
  const runtime = keep(await startRuntime({ port: settings.runtimePort, ...rules }));
  await migrate(state);
  if (ending) return;
  const gateway = keep(startGateway(settings, state));
  void gateway.ended.then((code) => {
    if (ending === undefined) console.error(`The gateway's process ended (${code}); see ${state.path("gateway.log")}`);
    return end(1);
  });
  await gateway.healthy;

  const [hostApp, otherHostApp] = hostAppOrigins(settings);
  const seeding = { origin, slug, runtimeUrl: runtime.url, apiResource, appOrigin: hostApp, provider, state };
  const seeded = await seed(seeding);
  await startHostApps(settings, { provider, apiResource, gatewayUrl: origin, seeded, files });
  const addresses: Addresses = {
    gateway: origin,
    provider: provider.issuer,
    runtime: runtime.url,
    mcpUrl,
    api: apiResource,
    hostApp,
    otherHostApp,
  };
  console.log(settings.json ? summaryLine(addresses, seeded) : summary(addresses, seeded));
}

function keep<T extends Listening>(part: T): T {
  running.push(part);
  return part;
}

/** The one on the agent's list, and the one that is not. */
function hostAppOrigins({ hostAppPort }: DemoSettings): [listed: string, unlisted: string] {
  return [`http://localhost:${hostAppPort}`, `http://localhost:${hostAppPort + 1}`];
}

interface HostAppParts {
  provider: AuthorizationServer;
  apiResource: string;
  gatewayUrl: string;
  seeded: Seeded;
  files: PageFiles;
}

async function startHostApps(settings: DemoSettings, parts: HostAppParts): Promise<void> {
  const { provider, apiResource, gatewayUrl, seeded, files } = parts;
  const clientId = "demo-host-app";
  const origins = hostAppOrigins(settings);
  // A page keeps no secret, so this is a public client; both copies may use it, the agent is what tells them apart.
  await provider.register({
    clientId,
    clientName: "Demo host app",
    redirectUris: origins.map((origin) => `${origin}/callback`),
    postLogoutRedirectUris: origins.map((origin) => `${origin}/`),
    clientSecret: null,
  });
  const { api: resource, anotherApi, expired } = resourcesOf(apiResource);
  const [listedOrigin, unlistedOrigin] = origins;
  const config: HostAppConfig = {
    issuer: provider.issuer,
    clientId,
    resource,
    scope: apiScopes.join(" "),
    anotherApi,
    expired,
    gatewayUrl,
    agentId: seeded.agentHandle,
    apiKey: seeded.publishableKey,
    server: slug,
    listedOrigin,
    unlistedOrigin,
  };
  keep(await startHostApp({ port: settings.hostAppPort, config, files }));
  keep(await startHostApp({ port: settings.hostAppPort + 1, config, files }));
}

async function refuseTakenPorts(settings: DemoSettings): Promise<void> {
  const ports: [string, number, string][] = [
    ["gateway", settings.gatewayPort, "MCPSTACK_DEMO_GATEWAY_PORT"],
    ["authorization server", settings.authorizationServerPort, "MCPSTACK_DEMO_PROVIDER_PORT"],
    ["runtime", settings.runtimePort, "MCPSTACK_DEMO_RUNTIME_PORT"],
    ["host app", settings.hostAppPort, "MCPSTACK_DEMO_HOST_PORT"],
    ["host app's second copy", settings.hostAppPort + 1, "MCPSTACK_DEMO_HOST_PORT"],
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
