// As GitHub answers: no document, errors with status 200, forms, scopes between commas, and an API that wants a name.
import {
  type Answer,
  clientId,
  clientSecret,
  type Dialect,
  type Grant,
  lifetime,
  personOf,
  refusal,
  usualRefusals,
} from "./dialect.ts";

const paths = { authorize: "/login/oauth/authorize", token: "/login/oauth/access_token", keys: "/none" };
const api = "/api/v3";
const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;

function githubWith(kind: { expires: boolean; form: NonNullable<Dialect["form"]> }): Dialect {
  return {
    paths,
    issuer: (origin) => `${origin}/login/oauth`,
    documents: () => ({}),
    // Sent although no document promises it.
    callback: (origin) => ({ iss: `${origin}/login/oauth` }),
    authentication: "body",
    refused: {
      client: refusal(200, "incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect."),
      code: refusal(200, "bad_verification_code", "The code passed is incorrect or expired."),
      refresh: refusal(200, "bad_refresh_token", "The refresh token passed is incorrect or expired."),
      reused: usualRefusals.reused,
    },
    refreshTokens: "rotate",
    form: kind.form,
    issue: ({ scope }) => ({
      access: `${kind.expires ? "ghu" : "gho"}_${crypto.randomUUID().replaceAll("-", "")}`,
      id: null,
      members: {
        ...{ token_type: "bearer", scope: scope.join(","), expires_in: kind.expires ? lifetime : undefined },
      },
      refresh: kind.expires,
    }),
    appToken: () => `gho_${crypto.randomUUID().replaceAll("-", "")}`,
    further: (request, tokens) => answerApi(request, tokens),
  };
}

async function answerApi(request: Request, tokens: ReadonlyMap<string, Grant>): Promise<Answer | null> {
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith(api)) return null;
  if (!request.headers.get("user-agent")) return { status: 403, body: "Request forbidden by administrative rules." };
  const authorization = request.headers.get("authorization") ?? "";
  if (pathname === `${api}/user`) {
    const grant = tokens.get(authorization.replace("Bearer ", ""));
    return grant ? { body: userOf(grant) } : { status: 401, body: { message: "Bad credentials" } };
  }
  if (pathname !== `${api}/applications/${clientId}/token`) return null;
  if (authorization !== basic) return { status: 401, body: { message: "Requires authentication" } };
  const sent = (await request.json()) as { access_token?: string };
  const grant = tokens.get(sent.access_token ?? "");
  if (!grant) return { status: 404, body: { message: "Not Found" } };
  if (request.method === "DELETE") return { status: 204, body: null };
  const app = { name: "gateway", client_id: grant.clientId };
  return { body: { id: 1, scopes: grant.scope, app, user: userOf(grant), expires_at: null } };
}

function userOf({ login }: Grant) {
  const { number, email } = personOf(login);
  return { login, id: number, node_id: "MDQ6", type: "User", email };
}

export const github = githubWith({ expires: true, form: "unless_json_is_asked_for" });
export const githubOAuthApp = githubWith({ expires: false, form: "always" });
