// Starts the real provider that the door's tests sign in at; its faults and counts are asked for over HTTP.
import type { TestProject } from "vitest/node";
import { startProvider } from "./provider.ts";

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const provider = await startProvider({ accessTokenTtl: 600 });
  const brief = await startProvider({ accessTokenTtl: 60 });
  project.provide("providerUrl", provider.issuer);
  project.provide("briefProviderUrl", brief.issuer);
  return async () => {
    await Promise.all([provider.close(), brief.close()]);
  };
}
