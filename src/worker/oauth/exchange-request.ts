// What an app asks of the embedded door, in either of its two forms, as one value (RFC 8693 §2.1).
import type * as z from "zod";
import { exchangeGrantType, exchangeRequest, keyHeader, tokenType, type userIdentity } from "../../contract/embed.ts";
import { WireError } from "./errors.ts";
import { type Parameters, printable } from "./params.ts";
import { meansServer } from "./resource.ts";
import { parseScope } from "./scope.ts";

export interface ExchangeAsk {
  key: string;
  /** The agent's id, handle or name, as the app knows it. */
  agent: string;
  token: string;
  userIdentity: z.infer<typeof userIdentity>;
  /** Empty: whatever the server has. */
  scope: string[];
  /** Session metadata for the log: 64 characters at most, none of them a control character. */
  session: string | null;
}

/** @throws WireError 400 that names the member */
export function readJsonAsk(body: unknown): ExchangeAsk {
  const read = exchangeRequest.safeParse(body);
  if (!read.success) throw malformed(read.error.issues[0]);
  const { apiKey, agentId, token, appSessionKey, userIdentity: claimed = {}, scopes = [] } = read.data;
  const scope = parseScope(scopes.join(" "));
  if (scope === null) throw new WireError(400, "invalid_scope", "malformed_request", { field: "scopes" });
  const session = appSessionKey?.replaceAll(/\p{Cc}/gu, "").slice(0, 64) || null;
  return { key: apiKey, agent: agentId, token, userIdentity: claimed, scope, session };
}

/**
 * @param key what the key's header held
 * @param resource the server's MCP URL
 * @throws WireError invalid_request, invalid_client, invalid_target, invalid_scope or unsupported_grant_type
 */
export function readFormAsk(parameters: Parameters, key: string | null, resource: string): ExchangeAsk {
  requireValue(parameters, "grant_type", [exchangeGrantType], "unsupported_grant_type");
  requireValue(parameters, "subject_token_type", [tokenType.accessToken, tokenType.jwt]);
  const asked = parameters.get("requested_token_type");
  if (asked !== undefined) requireValue(parameters, "requested_token_type", [tokenType.accessToken]);
  if (parameters.has("actor_token")) {
    throw invalid("actor_token", "no actor_token: the agent is named by client_id", "one");
  }
  const target = parameters.get("resource");
  if (target !== undefined && !meansServer(target, resource)) {
    const detail = { field: "resource", expected: resource, seen: printable(target) };
    throw new WireError(400, "invalid_target", "resource_unknown", detail);
  }
  const scope = parseScope(parameters.get("scope"));
  if (scope === null) throw new WireError(400, "invalid_scope", "malformed_request", { field: "scope" });
  if (!key) throw new WireError(401, "invalid_client", "agent_key_unknown", { field: keyHeader, seen: "absent" });
  const token = required(parameters, "subject_token");
  return { key, agent: required(parameters, "client_id"), token, userIdentity: {}, scope, session: null };
}

function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) throw invalid(name, "a value", "absent");
  return value;
}

function requireValue(
  parameters: Parameters,
  name: string,
  accepted: readonly string[],
  error: "invalid_request" | "unsupported_grant_type" = "invalid_request",
): void {
  const value = parameters.get(name);
  if (value !== undefined && accepted.includes(value)) return;
  const detail = { field: name, expected: accepted.join(" or "), seen: printable(value ?? "absent") };
  if (value === undefined || error === "invalid_request")
    throw new WireError(400, "invalid_request", "malformed_request", detail);
  throw new WireError(400, error, "grant_type_unsupported", detail);
}

function invalid(field: string, expected: string, seen: string): WireError {
  return new WireError(400, "invalid_request", "malformed_request", { field, expected, seen });
}

/** A member that does not exist is named itself; its path is that of the object that holds it. */
function malformed(issue: z.core.$ZodIssue | undefined): WireError {
  const path = issue?.path.map(String) ?? [];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = printable([...path, ...unknown].join(".") || "body");
  const expected = unknown.length > 0 ? "a member that the exchange has" : printable(issue?.message ?? "a JSON object");
  return new WireError(400, "invalid_request", "malformed_request", { field, expected });
}
