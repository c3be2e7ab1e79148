// A dry authorize request: the real parameters, up to the page where a person would sign in, and no further.
import * as oauth from "oauth4webapi";
import type { DiagnosisId } from "../../../contract/diagnoses.ts";
import type { Finding } from "../../../contract/management/check.ts";
import type { ProviderPreset } from "../../../contract/providers.ts";
import { providerError } from "../../oauth/provider-words.ts";
import { buildAuthorizationUrl } from "../authorization-url.ts";
import { place } from "../http.ts";
import type { Parts, Relation } from "../parts.ts";
import { LookCookies } from "./cookies.ts";
import { diagnosePage, diagnoseRedirect, fieldOf } from "./diagnosis.ts";
import type { ExaminedServer } from "./port.ts";
import { advised, finding, type Note, refusal } from "./report.ts";

/** Where the request came to rest. */
type Rest =
  | { kind: "page"; url: URL; status: number; body: string }
  /** Back to the gateway, or on to somewhere with an error in the address. */
  | { kind: "answer"; url: URL; error: string; description: string | null }
  | { kind: "signed-in" }
  | { kind: "elsewhere"; url: URL }
  | { kind: "lost"; seen: string };

const mostRedirects = 5;

export async function examineAuthorize(
  parts: Parts,
  relation: Relation,
  servers: readonly ExaminedServer[],
): Promise<Finding[]> {
  const callbackUrl = parts.settings.callbackUrl(relation.profile.id);
  const scope = servers.flatMap((server) => server.scopes);
  try {
    const request = {
      ...{ organizationId: "", state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), scope },
      codeVerifier: oauth.generateRandomCodeVerifier(),
    };
    const url = await buildAuthorizationUrl(relation, request, { callbackUrl, rules: parts.settings });
    const rest = await look(parts, relation, new URL(url), callbackUrl);
    return [judge(rest, relation.preset, new URL(url), callbackUrl)];
  } catch (error) {
    return [refusal("authorize", error, { field: "authorizationEndpoint" })];
  }
}

async function look({ guardedFetch }: Parts, { provider }: Relation, first: URL, callback: string): Promise<Rest> {
  const cookies = new LookCookies();
  const homes = [new URL(provider.authorizationEndpoint), new URL(provider.documentIssuer)];
  let url = first;
  for (let step = 0; step <= mostRedirects; step++) {
    const headers = { accept: "text/html, application/xhtml+xml, */*;q=0.8", ...cookies.headers(url) };
    const response = await guardedFetch(url.href, { headers, glance: {} });
    cookies.take(url, response.headers);
    if (response.status < 300 || response.status >= 400) {
      return { kind: "page", url, status: response.status, body: await response.text() };
    }
    const next = URL.parse(response.headers.get("location") ?? "", url.href);
    if (!next) return { kind: "lost", seen: `${place(url.href)}: status ${response.status} without a usable Location` };
    const error = next.searchParams.get("error");
    if (error) return { kind: "answer", url: next, error, description: next.searchParams.get("error_description") };
    if (next.href.startsWith(callback)) return { kind: "signed-in" };
    // What lies beyond the provider is not this check's to look at; that it was sent there says enough.
    if (!homes.some((home) => sameSite(home, next))) return { kind: "elsewhere", url: next };
    url = next;
  }
  return { kind: "lost", seen: `more than ${mostRedirects} redirects` };
}

/** Hosts of one owner, near enough for following a redirect that the outbound rules allow as well. */
function sameSite(a: URL, b: URL): boolean {
  if (a.hostname === b.hostname) return true;
  const owner = ({ hostname }: URL) =>
    /^[\d.]+$|^\[/.test(hostname) ? hostname : hostname.split(".").slice(-2).join(".");
  return owner(a).includes(".") && owner(a) === owner(b);
}

const expected = "a login page";

function judge(rest: Rest, preset: ProviderPreset, asked: URL, callbackUrl: string): Finding {
  const sent = (name: string) => asked.searchParams.get(name) ?? "none";
  const named = ["resource", "audience"].filter((name) => asked.searchParams.has(name)).join("");
  const values: Record<string, string> = {
    callbackUrl,
    clientId: sent("client_id"),
    scopes: sent("scope"),
    resource: sent(named || "resource"),
    resourceParameter: named || "none",
  };
  const fail: Fail = (diagnosis, seen) => {
    const field = fieldOf(diagnosis);
    const wanted = values[field] === undefined ? expected : `the provider accepts ${field} ${values[field]}`;
    return finding("authorize", "fail", { ...advised(preset, diagnosis), field, expected: wanted, seen });
  };
  switch (rest.kind) {
    case "elsewhere":
      return finding("authorize", "pass", { expected, seen: `sends people on to ${place(rest.url.href)}` });
    case "signed-in":
      return finding("authorize", "warn", { expected, seen: "an answer without a sign-in", reason: "provider_error" });
    case "lost":
      return finding("authorize", "warn", { expected, seen: rest.seen, reason: "provider_page_unreadable" });
    case "answer": {
      const seen = `${place(rest.url.href)}: ${providerError(rest.error, rest.description)}`;
      const diagnosis = diagnoseRedirect(preset, rest.error, rest.description);
      if (diagnosis) return fail(diagnosis, seen);
      const reason = rest.error === "access_denied" ? "provider_denied" : "provider_error";
      return finding("authorize", "fail", { reason, expected, seen });
    }
    case "page":
      return judgePage(rest, preset, fail);
  }
}

type Fail = (diagnosis: DiagnosisId, seen: string) => Finding;

function judgePage(page: Extract<Rest, { kind: "page" }>, preset: ProviderPreset, fail: Fail): Finding {
  const where = `${place(page.url.href)}: status ${page.status}`;
  const known = diagnosePage(preset, page.status, page.body);
  if (known) return fail(known, `${where}, an error page`);
  const note: Note = { expected, seen: where };
  if (page.status < 300) return finding("authorize", "pass", { ...note, seen: `${where}, a page to sign in at` });
  if (page.status === 401 || page.status === 403 || page.status === 429) {
    return finding("authorize", "warn", { ...note, reason: "provider_page_unreadable" });
  }
  const reason = page.status >= 500 ? "provider_unavailable" : "provider_error";
  return finding("authorize", "fail", { ...note, reason, field: "authorizationEndpoint" });
}
