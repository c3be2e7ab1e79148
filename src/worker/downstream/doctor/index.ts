// The doctor: discovery first, then everything that can be asked at once, within ten seconds together.
import type { Finding } from "../../../contract/management/check.ts";
import { findProviderPreset, type ProviderPreset } from "../../../contract/providers.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import type { ProviderMetadata } from "../../oauth/provider-metadata.ts";
import type { Discovery } from "../discovery.ts";
import { createKeys } from "../keys.ts";
import type { Parts } from "../parts.ts";
import { examineAuthorize } from "./authorize.ts";
import { examineClient } from "./client.ts";
import { type Discovered, examineDiscovery } from "./discovery.ts";
import { examineEndpoints, examineOffers } from "./endpoints.ts";
import { examineEnterprise } from "./enterprise.ts";
import { examineKeys } from "./keys.ts";
import { examineMcpUrl } from "./mcp-url.ts";
import type { Doctor, DoctorSettings, Examination } from "./port.ts";
import { createProbe, type Probe } from "./probe.ts";
import { examineProfile } from "./profile.ts";
import { bounded, finding, ordered } from "./report.ts";
import { examineRuntime } from "./runtime.ts";
import { examineProfileScopes, examineServerScopes } from "./scopes.ts";
import { explainToken } from "./token.ts";

export type { Doctor, DoctorSettings, Examination, ExaminedServer, OwnToken } from "./port.ts";

/** Milliseconds: discovery, and then everything else at once. */
const forDiscovery = 3500;
const forTheRest = 5000;
/** Of the known clients, how many are played at the first server; and at the others, which share its host. */
const allClients = 99;
const oneClient = 1;

export function createDoctor(settings: DoctorSettings): Doctor {
  return {
    async examine(examination) {
      const { profile } = examination;
      const preset = findProviderPreset(profile.providerType);
      if (!preset) {
        const detail = { field: "providerType", seen: profile.providerType };
        return [finding("profile.client-id", "fail", { reason: "profile_incomplete", ...detail })];
      }
      const probe = createProbe(settings);
      const aside = Promise.all(asideChecks(settings, examination));
      let discovered: Discovered = { findings: [], document: null, provider: null };
      const discovery = await bounded("discovery", forDiscovery, async () => {
        discovered = await examineDiscovery(probe.fetch, profile, preset);
        return discovered.findings;
      });
      const parts = freshParts(settings, probe, discovered.provider);
      const told = await Promise.all(providerChecks(parts, settings, preset, examination, discovered));
      const servers = (await aside).flat();
      return ordered([
        ...examineProfile(profile, preset),
        ...discovery,
        ...told.flat(),
        probe.clock(),
        ...serversFinding(examination),
        ...servers,
      ]);
    },
  };
}

/** What has nothing to do with the provider, and need not wait for it. */
function asideChecks(settings: DoctorSettings, { profile, servers }: Examination): Promise<Finding[]>[] {
  const { fetch } = createProbe(settings);
  const { now } = settings;
  const enterprise = bounded("enterprise.keys", forTheRest, () => examineEnterprise(fetch, profile, now));
  const perServer = servers.flatMap((server, at) => [
    bounded("runtime.reachable", forTheRest, () => examineRuntime(fetch, settings, server), {
      ...{ server: server.slug, reason: "runtime_unavailable", field: "runtimeUrl" },
    }),
    bounded("mcp-url.challenge", forTheRest, () => examineMcpUrl(settings, server, at === 0 ? allClients : oneClient), {
      server: server.slug,
      reason: "mcp_url_unchallenged",
    }),
  ]);
  return [enterprise, ...perServer];
}

function providerChecks(
  parts: Parts,
  settings: DoctorSettings,
  preset: ProviderPreset,
  examination: Examination,
  { provider, document }: Discovered,
): Promise<Finding[]>[] {
  const { profile, servers, token } = examination;
  const explained = token
    ? [
        bounded("token.signature", forTheRest, () =>
          explainToken({ parts, preset, examination, settings }, token.reveal()),
        ),
      ]
    : [];
  if (provider === null) return [...explained, Promise.resolve(unasked(examination))];
  const { clientId } = profile;
  const relation = clientId ? { profile, preset, provider, clientId } : null;
  const noClient = { seen: "needs the profile's clientId" };
  return [
    ...explained,
    Promise.resolve(examineOffers(examination, preset, provider, document)),
    Promise.resolve([
      examineProfileScopes(provider, profile),
      ...servers.map((server) => examineServerScopes(provider, server)),
    ]),
    bounded("endpoints.token", forTheRest, () => examineEndpoints(parts, provider)),
    bounded("keys", forTheRest, () => examineKeys(parts.guardedFetch, provider, profile)),
    relation
      ? bounded("authorize", forTheRest, () => examineAuthorize(parts, relation, servers))
      : Promise.resolve([finding("authorize", "skip", noClient)]),
    relation
      ? bounded("client", forTheRest, () => examineClient(parts, relation))
      : Promise.resolve([finding("client", "skip", noClient)]),
  ];
}

/** Nothing is sent to a provider that the gateway itself would not go to. */
function unasked({ servers }: Examination): Finding[] {
  const seen = "needs the provider's metadata";
  const names = [
    ...(["endpoints.authorization", "endpoints.token", "keys", "scopes", "registration", "authorize"] as const),
    ...(["client", "revocation", "introspection", "callback-issuer"] as const),
  ];
  const perServer = servers.map(({ slug }) => finding("server.scopes", "skip", { server: slug, seen }));
  return [...names.map((name) => finding(name, "skip", { seen })), ...perServer];
}

function serversFinding({ servers, leftOut }: Examination): Finding[] {
  if (servers.length === 0) return [finding("servers", "warn", { reason: "server_missing", seen: "none attached" })];
  const looked = servers.map(({ slug }) => slug).join(" ");
  if (leftOut.length === 0) return [finding("servers", "pass", { seen: looked })];
  const fix = "Name one with server to have it looked at.";
  return [finding("servers", "skip", { seen: `${looked}; not looked at: ${leftOut.join(" ")}`, fix })];
}

/** The steps of the downstream client, asking the provider itself: what is a copy elsewhere is fresh here. */
function freshParts(settings: DoctorSettings, { fetch }: Probe, provider: ProviderMetadata | null): Parts {
  const copies = { get: async () => null, put: async () => undefined };
  const keys = createKeys({ now: settings.now, store: copies, guardedFetch: fetch });
  return { settings: { ...settings, copies }, guardedFetch: fetch, discovery: found(provider), keys };
}

function found(provider: ProviderMetadata | null): Discovery {
  const answer = async () => {
    if (provider) return provider;
    throw new DownstreamError("metadata_not_found", { seen: "see discovery and issuer" });
  };
  return { provider: answer, providerNow: answer };
}
