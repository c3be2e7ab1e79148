// Bindings and variables, parsed once: either Settings that the whole worker trusts, or a list of what is wrong.
import { isSlug } from "../contract/ids.ts";
import type { Settings } from "./oauth/deployment.ts";
import { Secret } from "./oauth/secret.ts";
import type { GrantNamespace } from "./store/grants.ts";
import type { LogNamespace } from "./store/logs.ts";
import type { ReplayNamespace } from "./store/replays.ts";

/** What wrangler.toml binds. Variables and secrets arrive as unchecked strings; parseSettings decides. */
export interface Bindings {
  DB: D1Database;
  COPIES: KVNamespace;
  GRANTS: GrantNamespace;
  LOGS: LogNamespace;
  REPLAYS: ReplayNamespace;
  LIMIT_REGISTER?: RateLimit;
  LIMIT_AUTHORIZE?: RateLimit;
  LIMIT_FAILURES?: RateLimit;
  LIMIT_CHECK?: RateLimit;
  PUBLIC_ORIGIN?: string;
  SERVER_HOST_SUFFIX?: string;
  DEFAULT_SERVER?: string;
  MASTER_KEY?: string;
  MASTER_KEY_PREVIOUS?: string;
  ADMIN_TOKEN?: string;
  ALLOW_PRIVATE_NETWORK?: string;
  DASHBOARD_ISSUER?: string;
  DASHBOARD_CLIENT_ID?: string;
  DASHBOARD_CLIENT_SECRET?: string;
}

export interface SettingProblem {
  name: string;
  problem: string;
}

export type ParsedSettings = { ok: true; settings: Settings } | { ok: false; problems: SettingProblem[] };

/** Reads every variable and secret; never quotes a value, because a misplaced secret would be printed. */
export function parseSettings(bindings: Bindings): ParsedSettings {
  const problems: SettingProblem[] = [];
  const note = (name: string, problem: string) => problems.push({ name, problem });

  const origin = parseOrigin(bindings.PUBLIC_ORIGIN, note);
  const masterKeys = [parseKey("MASTER_KEY", bindings.MASTER_KEY, true, note)];
  if (bindings.MASTER_KEY_PREVIOUS) {
    masterKeys.push(parseKey("MASTER_KEY_PREVIOUS", bindings.MASTER_KEY_PREVIOUS, false, note));
  }
  // What a Bearer header can carry, as the API reads it.
  if (!/^[\x21-\x7e]{24,512}$/.test(bindings.ADMIN_TOKEN ?? "")) {
    const problem = "missing, shorter than 24 characters or with blanks; make one with `openssl rand -base64 32`";
    note("ADMIN_TOKEN", problem);
  }
  for (const name of ["DB", "COPIES", "GRANTS", "LOGS", "REPLAYS"] as const) {
    if (!bindings[name]) note(name, "binding is missing; deploy with the wrangler.toml of this repository");
  }
  const allowPrivateNetwork = parseAllowPrivate(bindings.ALLOW_PRIVATE_NETWORK, origin, note);
  const serverHostSuffix = bindings.SERVER_HOST_SUFFIX?.toLowerCase() || null;
  if (serverHostSuffix && origin) checkSuffix(serverHostSuffix, new URL(origin), note);
  if (bindings.DEFAULT_SERVER && !isSlug(bindings.DEFAULT_SERVER)) {
    note("DEFAULT_SERVER", "must be the slug of a server: 1 to 63 of a-z, 0-9 and -");
  }
  const dashboardSignIn = parseDashboardSignIn(bindings, origin, note);
  if (problems.length > 0 || origin === null) return { ok: false, problems };
  return {
    ok: true,
    settings: {
      origin,
      secure: origin.startsWith("https:"),
      serverHostSuffix,
      defaultServer: bindings.DEFAULT_SERVER || null,
      masterKeys: masterKeys.filter((key) => key !== null),
      adminToken: new Secret(bindings.ADMIN_TOKEN ?? ""),
      dashboardSignIn,
      allowPrivateNetwork,
    },
  };
}

type Note = (name: string, problem: string) => void;

function parseOrigin(value: string | undefined, note: Note): string | null {
  const name = "PUBLIC_ORIGIN";
  if (!value || !URL.canParse(value)) {
    note(
      name,
      "missing or not a URL; set it to the public address of this deployment, such as https://mcp.example.com",
    );
    return null;
  }
  const url = new URL(value);
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    note(name, "must be https (http is accepted for localhost only)");
    return null;
  }
  if (value !== url.origin) {
    note(name, "must be an origin only: lower-case scheme and host, no path and no trailing slash");
    return null;
  }
  return url.origin;
}

function parseAllowPrivate(value: string | undefined, origin: string | null, note: Note): boolean {
  const name = "ALLOW_PRIVATE_NETWORK";
  if (value && value !== "true" && value !== "false") note(name, "must be true, false or absent");
  if (value === "true" && origin?.startsWith("https:")) {
    note(name, "is for development only and is refused while PUBLIC_ORIGIN is https; remove it");
  }
  return value === "true";
}

/** All three or none: half a provider would show a button that leads nowhere. */
function parseDashboardSignIn(bindings: Bindings, origin: string | null, note: Note): Settings["dashboardSignIn"] {
  const { DASHBOARD_ISSUER: issuer, DASHBOARD_CLIENT_ID: clientId, DASHBOARD_CLIENT_SECRET: clientSecret } = bindings;
  if (!issuer && !clientId && !clientSecret) return null;
  if (!clientId) note("DASHBOARD_CLIENT_ID", "missing; register a web application at DASHBOARD_ISSUER");
  if (!clientSecret) note("DASHBOARD_CLIENT_SECRET", "missing; `wrangler secret put DASHBOARD_CLIENT_SECRET`");
  const scheme = issuer && URL.canParse(issuer) ? new URL(issuer).protocol : "";
  const allowed = scheme === "https:" || (scheme === "http:" && origin?.startsWith("http:"));
  if (!allowed) note("DASHBOARD_ISSUER", "missing or not an https URL; set it to the provider's issuer");
  if (!issuer || !clientId || !clientSecret) return null;
  return { issuer, clientId, clientSecret: new Secret(clientSecret) };
}

/** Servers get hosts below the suffix, so it must be able to have some, and the deployment's own host must not be one. */
function checkSuffix(suffix: string, origin: URL, note: Note): void {
  const server = `${origin.protocol}//server.${suffix}`;
  const shape = /^(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d+)?$/.test(suffix);
  if (!shape || !URL.canParse(server) || new URL(server).origin !== server) {
    const problem = "must be a host name such as mcp.example.com, without scheme, dot in front, default port or path";
    note("SERVER_HOST_SUFFIX", problem);
  }
  if (origin.host.endsWith(`.${suffix}`)) {
    note("SERVER_HOST_SUFFIX", "must not cover the host of PUBLIC_ORIGIN; give the servers a suffix of their own");
  }
}

function parseKey(name: string, value: string | undefined, required: boolean, note: Note) {
  if (!value) {
    if (required) note(name, "missing; make one with `openssl rand -base64 32` and `wrangler secret put MASTER_KEY`");
    return null;
  }
  try {
    const bytes = Uint8Array.from(atob(value.trim().replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    if (bytes.length === 32) return bytes;
  } catch {
    // falls through to the one message below
  }
  note(name, "must be 32 bytes in base64; make one with `openssl rand -base64 32`");
  return null;
}
