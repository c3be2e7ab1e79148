// Starts the real provider that the door's tests sign in at; its faults and counts are asked for over HTTP.
import type { TestProject } from "vitest/node";
import { startProvider } from "./provider.ts";

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const provider = await startProvider({ accessTokenTtl: 600 });
  const brief = await startProvider({ accessTokenTtl: 60 });
  project.provide("providerUrl", provider.issuer);
  project.provide("briefProviderUrl", brief.issuer);
  const own = {
    code: await startProvider({ accessTokenTtl: 60 }),
    refresh: await startProvider({ accessTokenTtl: 60 }),
    revocation: await startProvider({ accessTokenTtl: 60 }),
    object: await startProvider({ accessTokenTtl: 60 }),
    elsewhere: await startProvider({ accessTokenTtl: 60 }),
  };
  project.provide("ownProviderUrls", {
    code: own.code.issuer,
    refresh: own.refresh.issuer,
    revocation: own.revocation.issuer,
    object: own.object.issuer,
    elsewhere: own.elsewhere.issuer,
  });
  return async () => {
    await Promise.all([provider, brief, ...Object.values(own)].map((each) => each.close()));
  };
}
