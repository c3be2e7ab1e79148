// Which gateway and whose token: the environment first, then what `login` kept.
import { type Config, configPath, here, readConfig } from "./config.ts";
import { Failure, UsageFailure } from "./failure.ts";

export interface Session {
  /** The gateway's origin. */
  url: string;
  token: string;
  /** What `login` kept, as far as it belongs to this token. */
  organization: string | null;
  /** Where each came from, for people. */
  from: { url: string; token: string };
}

/** @throws Failure when there is no gateway or no token to use */
export function openSession(environment: NodeJS.ProcessEnv): Session {
  const path = configPath(here(environment));
  const kept = environment.MCPSTACK_URL && environment.MCPSTACK_TOKEN ? null : readConfig(path);
  return sessionOf(environment, kept, path);
}

export function sessionOf(environment: NodeJS.ProcessEnv, kept: Config | null, path: string): Session {
  const { MCPSTACK_URL, MCPSTACK_TOKEN } = environment;
  const url = MCPSTACK_URL ? gatewayOrigin(MCPSTACK_URL, "MCPSTACK_URL") : kept?.url;
  if (url === undefined) {
    throw new Failure("no gateway is known", {
      fix: "run `mcpstack login --url https://gateway.example.com`, or set MCPSTACK_URL and MCPSTACK_TOKEN",
    });
  }
  if (MCPSTACK_TOKEN) {
    const from = { url: MCPSTACK_URL ? "MCPSTACK_URL" : path, token: "MCPSTACK_TOKEN" };
    return { url, token: MCPSTACK_TOKEN, organization: null, from };
  }
  if (!kept) {
    throw new Failure("no API token is known", { fix: "set MCPSTACK_TOKEN, or run `mcpstack login`" });
  }
  // The token that was kept for one gateway is never sent to another.
  if (kept.url !== url) {
    throw new Failure(`MCPSTACK_URL is ${url}, but the token kept by \`mcpstack login\` belongs to ${kept.url}`, {
      fix: `set MCPSTACK_TOKEN as well, or run \`mcpstack login --url ${url}\``,
    });
  }
  return { url, token: kept.token, organization: kept.organization ?? null, from: { url: path, token: path } };
}

/** @throws UsageFailure for what is no origin, or would send a token in the clear */
export function gatewayOrigin(text: string, from: string): string {
  // What stands before an @ may be a password.
  const seen = text.includes("@") ? undefined : text;
  const fix = "give the gateway's address, such as https://gateway.example.com";
  const refuse = (why: string) => new UsageFailure(`${from} ${why}`, { seen, fix });
  if (!URL.canParse(text)) throw refuse("is not a URL");
  const url = new URL(text);
  const loopback = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    throw refuse("must be https (http only on localhost): a token would travel in the clear");
  }
  if (url.pathname !== "/" || url.search || url.hash || url.username || url.password) {
    throw refuse("must be an origin, without path, query or user");
  }
  return url.origin;
}
