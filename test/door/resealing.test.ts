// A change of the master key, to its end: when the former one is taken away, everything can still be opened.
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import worker from "../../src/worker/index.ts";
import { createSealer } from "../../src/worker/tokens/seal.ts";
import { api, openShop } from "./journey.ts";
import { deployment } from "./knock.ts";

const later = btoa("a".repeat(32));

test("the schedule seals again what the former master key had sealed, and then the new key alone is enough", async () => {
  const shop = await openShop();
  const base = `/organizations/${shop.organizationId}/mcp-servers`;
  const headers = { "X-Api-Key": "shared-secret-of-the-runtime" };
  const kind = { authentication: "static_headers", staticHeaders: headers, runtimeUrl: "http://127.0.0.1:9/mcp" };
  await api("POST", base, shop.token, { name: "Static", slug: `static-${shop.slug}`, ...kind });
  const sealedBefore = await everySeal();

  const changing = deployment({ MASTER_KEY: later, MASTER_KEY_PREVIOUS: env.MASTER_KEY ?? "" });
  await worker.scheduled(createScheduledController(), changing);
  const sealedAfter = await everySeal();
  expect(sealedBefore.length).toBeGreaterThanOrEqual(3);
  expect(sealedAfter).toHaveLength(sealedBefore.length);
  const keyIds = (seals: string[]) => new Set(seals.map((seal) => seal.split(".")[1]));
  expect(keyIds(sealedAfter).isDisjointFrom(keyIds(sealedBefore))).toBe(true);
  expect(keyIds(sealedAfter).size).toBe(1);

  // A second run finds nothing to do, and the new key alone opens what is there.
  await worker.scheduled(createScheduledController(), changing);
  expect(await everySeal()).toEqual(sealedAfter);
  const alone = createSealer([Uint8Array.from(atob(later), (character) => character.charCodeAt(0))]);
  const { client_secrets_sealed } = (await env.DB.prepare("SELECT client_secrets_sealed FROM gateways").first()) ?? {};
  const [secret = ""] = JSON.parse(String(client_secrets_sealed));
  expect(await alone.open("client-secret", shop.gatewayId, secret)).toBe("post-secret-1234567890");
});

/** Every value in the database that is sealed under a master key. */
async function everySeal(): Promise<string[]> {
  const columns = ["client_secrets_sealed AS s FROM gateways", "static_headers_sealed AS s FROM servers"];
  const all = [...columns, "private_jwk_sealed AS s FROM signing_keys"].map(async (part) => {
    const { results } = await env.DB.prepare(`SELECT ${part}`).all<{ s: string | null }>();
    return results.flatMap(({ s }) => s?.match(/v1\.[\w-]+\.[\w-]+\.[\w-]+/g) ?? []);
  });
  return (await Promise.all(all)).flat();
}
