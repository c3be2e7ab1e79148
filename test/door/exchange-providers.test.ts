// App tokens as eight providers issue them, each judged at the door by the preset's data.
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { appUserId } from "../../src/worker/oauth/identity-claims.ts";
import { auth0 } from "../rig/provider-claims/auth0.ts";
import { cognito } from "../rig/provider-claims/cognito.ts";
import { entraVersion1 } from "../rig/provider-claims/entra-version-1.ts";
import { entraVersion2 } from "../rig/provider-claims/entra-version-2.ts";
import { keycloak } from "../rig/provider-claims/keycloak.ts";
import { okta } from "../rig/provider-claims/okta.ts";
import {
  casesClock,
  type ProviderCase,
  type ProviderCases,
  type PublishedKey,
} from "../rig/provider-claims/provider-cases.ts";
import { sqlos } from "../rig/provider-claims/sqlos.ts";
import { workos } from "../rig/provider-claims/workos.ts";
import { type Agent, addAgent, exchange, openScripted, publish, Signer, told } from "./exchange-visit.ts";
import type { Shop } from "./journey.ts";

const providers: [string, ProviderCases][] = Object.entries({
  ...{ auth0, entraVersion1, entraVersion2, okta, keycloak, cognito, sqlos, workos },
});

let signer: Signer;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: casesClock * 1000 });
  signer = await Signer.make();
});
afterAll(() => void vi.useRealTimers());

const published = (keys: PublishedKey[]) => keys.map((key) => ({ ...signer.jwk, ...key }));

async function signed({ token, header = {}, claims = {} }: ProviderCase): Promise<string> {
  if (token !== undefined) return token;
  if (header.alg?.startsWith("HS") !== true) return signer.sign(claims, header);
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part(header)}.${part(claims)}.c2lnbmF0dXJl`;
}

describe.each(providers)("%s", (name, provider) => {
  let shop: Shop & { tokenIssuer: string };
  let agent: Agent;

  beforeAll(async () => {
    const { furtherIssuer } = provider;
    if (furtherIssuer) await publish(`/${name}/further`, { keys: published(furtherIssuer.keys) });
    const jwksUri = `${inject("publishedUrl")}/${name}/further`;
    shop = await openScripted(name, {
      metadata: provider.metadata,
      keys: published(provider.keys),
      gateway: {
        providerType: provider.preset,
        ...{ clientSecret: null, tokenEndpointAuthMethod: null },
        ...provider.profile,
        ...(furtherIssuer && { tokenIssuers: [{ issuer: furtherIssuer.issuer, jwksUri }] }),
      },
      server: { scopes: provider.scopes, tools: [] },
    });
    agent = await addAgent(shop);
  });

  test.each(provider.cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const answer = await told(await exchange(shop, agent, await signed(one)));
    if (typeof one.expected === "string") {
      expect(answer).toMatchObject({ status: 400, error: "invalid_request", reason: one.expected });
      return;
    }
    const { subject, workspace, scope } = one.expected;
    const id = await appUserId(shop.organizationId, provider.metadata.issuer, subject);
    expect(answer).toMatchObject({ status: 200, scope, user: { id, workspace } });
    await vi.waitFor(async () => {
      const row = await env.DB.prepare("SELECT subject FROM app_users WHERE id = ?").bind(id).first();
      expect(row).toEqual({ subject });
    });
  });
});
