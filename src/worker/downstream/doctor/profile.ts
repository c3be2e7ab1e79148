// What the profile lacks before anybody is asked anything.
import type { Finding } from "../../../contract/management/check.ts";
import type { ProviderPreset } from "../../../contract/providers.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import { finding } from "./report.ts";

export function examineProfile(profile: GatewayProfile, preset: ProviderPreset): Finding[] {
  return [client(profile), secret(profile), resource(profile), scopes(profile), acceptedClients(profile, preset)];
}

function client({ clientId }: GatewayProfile): Finding {
  if (clientId) return finding("profile.client-id", "pass", { seen: clientId });
  const expected = "the client registered at the provider";
  return finding("profile.client-id", "fail", {
    ...{ reason: "profile_incomplete", expected, seen: "none", field: "clientId" },
  });
}

function secret({ tokenEndpointAuthMethod: method, clientSecretsSealed: { length } }: GatewayProfile): Finding {
  const check = "profile.client-secret";
  if (method !== null && method !== "none" && length === 0) {
    const expected = `a secret for ${method}`;
    return finding(check, "fail", { reason: "profile_incomplete", expected, seen: "none", field: "clientSecret" });
  }
  if (length > 1) return finding(check, "pass", { seen: "set, and the one before it works on" });
  return finding(check, "pass", { seen: length === 1 ? "set" : "none: a public client" });
}

function resource({ resource: named }: GatewayProfile): Finding {
  if (named) return finding("profile.resource", "pass", { seen: named });
  return finding("profile.resource", "warn", {
    ...{
      reason: "profile_incomplete",
      expected: "the API's audience at the provider",
      seen: "none",
      field: "resource",
    },
    fix: "Set resource: without it the audience of tokens is not checked, and apps cannot exchange theirs.",
  });
}

function scopes({ scopes: asked }: GatewayProfile): Finding {
  if (asked.includes("openid")) return finding("profile.scopes", "pass", { seen: asked.join(" ") });
  return finding("profile.scopes", "warn", {
    ...{ expected: "openid", seen: asked.join(" ") || "none", field: "scopes" },
    fix: "Add openid if the provider speaks OpenID Connect; otherwise its access tokens must name the person.",
  });
}

/** Asked of presets whose tokens may name no audience; where they do, the list may well be empty. */
function acceptedClients({ acceptedClientIds: listed }: GatewayProfile, { accessToken }: ProviderPreset): Finding {
  const check = "profile.accepted-client-ids";
  if (listed.length > 0) return finding(check, "pass", { seen: listed.join(" ") });
  const [first] = accessToken.audience;
  const required = first !== undefined && first.field === "acceptedClientIds";
  const possible = accessToken.audience.some(({ field }) => field === "acceptedClientIds");
  if (!possible) return finding(check, "skip", { seen: "tokens of this provider name their audience" });
  if (!required) return finding(check, "pass", { seen: "none: apps whose tokens have no aud are refused" });
  const expected = "client ids of the apps";
  return finding(check, "warn", { reason: "profile_incomplete", expected, seen: "none", field: "acceptedClientIds" });
}
