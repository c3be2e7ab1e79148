// What a fake provider is made of: one engine for all, and what each does on the wire in its own way.
import type { JWK } from "jose";

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Text goes out as it is, a URLSearchParams as a form, anything else as JSON; null is no body. */
  body?: unknown;
}

/** One authorization, from the code on. */
export interface Grant {
  login: string;
  clientId: string;
  redirectUri: string;
  challenge: string;
  nonce: string | null;
  scope: string[];
  /** The parameters of the authorization request. */
  query: URLSearchParams;
  /** How often it was refreshed. */
  refreshed: number;
}

export interface Issued {
  /** Text is an opaque token. */
  access: string | { header?: Record<string, unknown>; claims: Record<string, unknown> };
  id: Record<string, unknown> | null;
  /** Members of the answer beside the tokens. */
  members: Record<string, unknown>;
  refresh: boolean;
}

/** `page` is shown to the person and never comes back; `error` goes to the callback. */
export type AuthorizeRefusal = { page: string } | { error: string; description: string };

export interface Dialect {
  /** Where documents lie, and what they say. */
  documents(origin: string): Record<string, unknown>;
  paths: { authorize: string; token: string; keys: string };
  issuer(origin: string): string;
  keys?(key: JWK, origin: string): object[];
  refuseAuthorize?(query: URLSearchParams, raw: string): AuthorizeRefusal | null;
  /** Beside what every server refuses. `grant` is the code's or refresh token's. */
  refuseToken?(form: URLSearchParams, grant: Grant): Answer | null;
  /** Further parameters of the callback. */
  callback?(origin: string, grant: Grant): Record<string, string>;
  issue(grant: Grant, origin: string, form: URLSearchParams): Issued;
  /** How the client proves itself; `any` takes both. */
  authentication: "header" | "body" | "any" | "none";
  refused: { client: Answer; code: Answer; refresh: Answer; reused: Answer };
  /** `rotate`: a new token each time, and the former one used again ends the family. */
  refreshTokens: "rotate" | "keep";
  /** Answers of the token endpoint that are forms. */
  form?: "unless_json_is_asked_for" | "always";
  /** The token for an app of the same provider, by its own client. */
  appToken?(login: string, origin: string): Issued["access"];
  /** Further endpoints; null: not one of these. */
  further?(request: Request, tokens: ReadonlyMap<string, Grant>, origin: string): Promise<Answer | null>;
}

export interface Person {
  id: string;
  number: number;
  uuid: string;
  email: string;
  organization: string;
}

export const people: Record<string, Person> = {
  user1: {
    ...{ id: "usr_1", number: 583231, uuid: "f00dcafe-1234-4abc-9def-000000000001" },
    ...{ email: "user1@example.com", organization: "org_north" },
  },
  user2: {
    ...{ id: "usr_2", number: 583232, uuid: "f00dcafe-1234-4abc-9def-000000000002" },
    ...{ email: "user2@example.com", organization: "org_south" },
  },
};

export function personOf(login: string): Person {
  const person = people[login];
  if (!person) throw new Error(`nobody is called ${login}`);
  return person;
}

export const apiResource = "https://api.example.com";
export const clientId = "gateway-client";
export const clientSecret = "gateway-secret-1234567890";
export const appClientId = "app-client";

/** Seconds: so short that the gateway renews at every call. */
export const lifetime = 25;
export const now = () => Math.floor(Date.now() / 1000);
export const times = (seconds = lifetime) => ({ iat: now(), exp: now() + seconds });

export const refusal = (status: number, error: string, description?: string): Answer => ({
  status,
  body: { error, ...(description !== undefined && { error_description: description }) },
});

export const usualRefusals: Dialect["refused"] = {
  client: refusal(401, "invalid_client", "Client authentication failed."),
  code: refusal(400, "invalid_grant", "The code is invalid."),
  refresh: refusal(400, "invalid_grant", "The refresh token is invalid."),
  reused: refusal(400, "invalid_grant", "The refresh token was already used."),
};

/** The usual endpoints of a document, below one base. */
export function endpoints(origin: string, paths: Dialect["paths"]): Record<string, string> {
  return {
    authorization_endpoint: `${origin}${paths.authorize}`,
    token_endpoint: `${origin}${paths.token}`,
    jwks_uri: `${origin}${paths.keys}`,
  };
}
