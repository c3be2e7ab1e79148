// The demo provider's one page on the way through: sign in and allow, or cancel.
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type Provider from "oidc-provider";
import { errors } from "oidc-provider";
import { type Account, accountOf } from "./accounts.ts";
import { contentSecurityPolicy, layout, type SignInPage, signInPage } from "./pages.ts";

type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

const path = /^\/interaction\/[A-Za-z0-9_-]+$/;

/** True for a URL that `answer` takes. */
export function isSignIn(pathname: string): boolean {
  return path.test(pathname);
}

/** GET shows the page, POST decides. An interaction that this browser did not start is told so. */
export async function answerSignIn(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  try {
    const interaction = await provider.interactionDetails(request, response);
    if (request.method === "POST") await decide(provider, interaction, request, response);
    else sendPage(response, 200, signInPage(await pageOf(provider, interaction, null)));
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    const body = "<p>This sign-in has ended or was started in another browser. Start again from your application.</p>";
    sendPage(response, 400, layout("Nothing to sign in to", body));
  }
}

async function decide(
  provider: Provider,
  interaction: Interaction,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const form = new URLSearchParams(await text(request));
  if (form.get("decision") === "deny") {
    const denial = { error: "access_denied", error_description: "the person declined" };
    await provider.interactionFinished(request, response, denial);
    return;
  }
  const username = form.get("username") ?? "";
  const account = signedInAs(interaction) ?? authenticate(username, form.get("password") ?? "");
  if (account === null) {
    const failure = { message: "User name or password is wrong.", username };
    sendPage(response, 401, signInPage(await pageOf(provider, interaction, failure)));
    return;
  }
  const consent = { grantId: await grantTo(provider, interaction, account) };
  await provider.interactionFinished(request, response, { login: { accountId: account.subject }, consent });
}

/** The session's account, unless the client asked that the person signs in anew. */
function signedInAs(interaction: Interaction): Account | null {
  if (interaction.prompt.name === "login" || !interaction.session?.accountId) return null;
  return accountOf(interaction.session.accountId) ?? null;
}

function authenticate(username: string, password: string): Account | null {
  const account = accountOf(username.trim().toLowerCase());
  if (!account) return null;
  const [given, expected] = [Buffer.from(password), Buffer.from(account.password)];
  return given.length === expected.length && timingSafeEqual(given, expected) ? account : null;
}

/** Grants all that was asked: the OpenID scopes, and the same list at each resource, which keeps what it knows. */
async function grantTo(provider: Provider, interaction: Interaction, account: Account): Promise<string> {
  const clientId = stringOf(interaction.params.client_id);
  const grant = new provider.Grant({ accountId: account.subject, clientId });
  const scope = stringOf(interaction.params.scope);
  grant.addOIDCScope(scope);
  for (const resource of [interaction.params.resource].flat()) {
    if (typeof resource === "string") grant.addResourceScope(resource, scope);
  }
  return grant.save();
}

async function pageOf(
  provider: Provider,
  interaction: Interaction,
  failure: SignInPage["failure"],
): Promise<SignInPage> {
  const clientId = stringOf(interaction.params.client_id);
  const client = await provider.Client.find(clientId);
  return {
    action: `/interaction/${interaction.uid}`,
    clientName: client?.clientName ?? clientId,
    scopes: stringOf(interaction.params.scope).split(" ").filter(Boolean),
    account: signedInAs(interaction),
    failure,
  };
}

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
  response.end(html);
}
