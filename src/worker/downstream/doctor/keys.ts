// The key set at its address: how many keys, of which algorithms, under which names.
import * as z from "zod";
import type { Finding } from "../../../contract/management/check.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { ProviderMetadata } from "../../oauth/provider-metadata.ts";
import { fetchDocument, type GuardedFetch, place } from "../http.ts";
import { finding, refusal } from "./report.ts";

const text = z.string().optional().catch(undefined);
const keySet = z.looseObject({
  keys: z.array(z.looseObject({ kty: z.string(), kid: text, alg: text, crv: text, use: text })).max(100),
});
type Key = z.infer<typeof keySet>["keys"][number];

const expected = "at least one public key for signatures";

export async function examineKeys(
  guardedFetch: GuardedFetch,
  { jwksUri }: Pick<ProviderMetadata, "jwksUri">,
  { scopes }: Pick<GatewayProfile, "scopes">,
): Promise<Finding[]> {
  const field = "jwksUri";
  if (jwksUri === null) {
    const seen = "no jwks_uri";
    const needed = scopes.includes("openid");
    return [finding("keys", needed ? "fail" : "warn", { reason: "provider_keys_missing", expected, seen, field })];
  }
  try {
    const parsed = keySet.safeParse(jsonOf(await fetchDocument(guardedFetch, jwksUri)));
    if (!parsed.success) {
      const seen = `${place(jwksUri)}: not a JSON Web Key Set`;
      return [finding("keys", "fail", { reason: "metadata_invalid", expected, seen, field })];
    }
    const signing = parsed.data.keys.filter(({ kty, use }) => kty !== "oct" && use !== "enc");
    const seen = told(signing, parsed.data.keys.length);
    if (signing.length > 0) return [finding("keys", "pass", { expected, seen })];
    return [finding("keys", "fail", { reason: "provider_keys_missing", expected, seen, field })];
  } catch (error) {
    return [refusal("keys", error, { expected, field })];
  }
}

const mostShown = 6;

function told(signing: Key[], all: number): string {
  const names = signing
    .slice(0, mostShown)
    .map(({ alg, crv, kty, kid }) => `${alg ?? crv ?? kty} ${kid ?? "without kid"}`);
  const more = signing.length > mostShown ? `, ${signing.length - mostShown} more` : "";
  const others = all > signing.length ? `, ${all - signing.length} for other uses` : "";
  return `${signing.length} for signatures${names.length > 0 ? `: ${names.join(", ")}` : ""}${more}${others}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
