// Starts the fake providers and tells the door's tests where each is.
import type { TestProject } from "vitest/node";
import { auth0 } from "./auth0.ts";
import { cognito } from "./cognito.ts";
import { entra, entraCommon } from "./entra.ts";
import { startFakeProvider } from "./fake-provider.ts";
import { github, githubOAuthApp } from "./github.ts";
import { google } from "./google.ts";
import { keycloak } from "./keycloak.ts";
import { okta } from "./okta.ts";
import { plain, withoutAudience } from "./plain.ts";
import { sqlos, sqlosOld } from "./sqlos.ts";

const dialects = {
  ...{ auth0, entra, entraCommon, okta, google, github, githubOAuthApp },
  ...{ keycloak, cognito, sqlos, sqlosOld, plain, withoutAudience },
};

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.all(
    Object.entries(dialects).map(async ([name, dialect]) => [name, await startFakeProvider(dialect)] as const),
  );
  const urls = Object.fromEntries(started.map(([name, { url }]) => [name, url]));
  project.provide("fakeProviderUrls", urls);
  return async () => {
    await Promise.all(started.map(([, provider]) => provider.close()));
  };
}
