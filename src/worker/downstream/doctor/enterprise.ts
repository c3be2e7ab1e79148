// The enterprise issuers that the profile lists: whether their keys are where an assertion's signature needs them.
import { checks, type Finding } from "../../../contract/management/check.ts";
import type { EnterpriseIssuer, GatewayProfile } from "../../oauth/profile.ts";
import { bareProfile } from "../bare-profile.ts";
import { createDiscovery, type Discovery } from "../discovery.ts";
import type { GuardedFetch } from "../http.ts";
import { presetOf } from "../parts.ts";
import { examineKeys } from "./keys.ts";
import { refusal } from "./report.ts";

const check = "enterprise.keys";
const field = "enterpriseIssuers";

/** Nothing where the list is empty; otherwise one finding for each issuer, which names it. */
export async function examineEnterprise(
  guardedFetch: GuardedFetch,
  { enterpriseIssuers }: Pick<GatewayProfile, "enterpriseIssuers">,
  now: () => number,
): Promise<Finding[]> {
  const store = { get: async () => null, put: async () => undefined };
  const discovery = createDiscovery({ now, store, guardedFetch });
  const examine = async (entry: EnterpriseIssuer) => {
    try {
      const found = await examineKeys(
        guardedFetch,
        { jwksUri: await keysOf(discovery, entry) },
        { scopes: ["openid"] },
      );
      return found.map((finding) => renamed(finding, entry));
    } catch (error) {
      return [renamed(refusal(check, error), entry)];
    }
  };
  return (await Promise.all(enterpriseIssuers.map(examine))).flat();
}

async function keysOf(discovery: Discovery, { issuer, jwksUri }: EnterpriseIssuer): Promise<string | null> {
  if (jwksUri !== undefined) return jwksUri;
  const profile = bareProfile(issuer);
  return (await discovery.providerNow(profile, presetOf(profile))).jwksUri;
}

function renamed(finding: Finding, { issuer }: EnterpriseIssuer): Finding {
  const seen = finding.seen === null ? issuer : `${issuer}: ${finding.seen}`;
  return { ...finding, check, title: checks[check], seen, field: finding.status === "pass" ? null : field };
}
