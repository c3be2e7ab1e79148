// The engine of every fake provider: sign-in form, codes with PKCE, rotating refresh tokens, real signatures, a rig.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import {
  type Answer,
  clientId,
  clientSecret,
  type Dialect,
  type Grant,
  type Issued,
  lifetime,
  times,
} from "./dialect.ts";

export interface FakeRequest {
  path: string;
  method: string;
  /** Query or form, as text. */
  parameters: string;
  headers: Record<string, string>;
}

interface Family {
  grant: Grant;
  live: string;
  spent: Set<string>;
}

export class FakeProvider {
  readonly dialect: Dialect;
  origin = "";
  readonly #key: CryptoKey;
  readonly #jwk: JWK;
  readonly #codes = new Map<string, Grant>();
  readonly #families: Family[] = [];
  readonly #tokens = new Map<string, Grant>();
  #asked: FakeRequest[] = [];
  #refusals: { path: string; answer?: Answer; redirect?: Record<string, string> }[] = [];

  constructor(dialect: Dialect, key: CryptoKey, jwk: JWK) {
    this.dialect = dialect;
    this.#key = key;
    this.#jwk = jwk;
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/rig/")) return this.#rig(url.pathname.slice(5), request);
    const text = await request.clone().text();
    const parameters = request.method === "POST" ? text : url.search.slice(1);
    const headers = Object.fromEntries(request.headers);
    this.#asked.push({ path: url.pathname, method: request.method, parameters, headers });
    const due = this.#refusals.findIndex(({ path }) => path === url.pathname);
    const [refused] = due === -1 ? [] : this.#refusals.splice(due, 1);
    if (refused?.redirect) return responseOf(this.#back(url.searchParams, refused.redirect));
    if (refused?.answer) return responseOf(refused.answer);
    return responseOf(await this.#route(url, request));
  }

  async #route(url: URL, request: Request): Promise<Answer> {
    const { dialect, origin } = this;
    const { authorize, token, keys } = dialect.paths;
    const document = dialect.documents(origin)[url.pathname];
    if (document !== undefined) return { body: document };
    if (url.pathname === keys) return { body: { keys: dialect.keys?.(this.#jwk, origin) ?? [this.#jwk] } };
    if (url.pathname === authorize) return this.#authorize(url, request);
    if (url.pathname === token) return this.#token(request);
    return (await dialect.further?.(request, this.#tokens, origin)) ?? { status: 404, body: "nothing here" };
  }

  async #authorize(url: URL, request: Request): Promise<Answer> {
    const query = url.searchParams;
    const refused = this.#refuseClient(query) ?? this.dialect.refuseAuthorize?.(query, url.search) ?? null;
    if (refused && "page" in refused) return { status: 400, body: `<html><body><p>${refused.page}</p></body></html>` };
    if (refused) return this.#back(query, { error: refused.error, error_description: refused.description });
    if (request.method === "GET") {
      return { body: `<form method="post" action="${url.href.replaceAll("&", "&amp;")}"><input name="login"></form>` };
    }
    const login = new URLSearchParams(await request.text()).get("login") ?? "";
    const grant: Grant = {
      ...{ login, clientId, query, refreshed: 0, nonce: query.get("nonce") },
      redirectUri: query.get("redirect_uri") ?? "",
      challenge: query.get("code_challenge") ?? "",
      scope: (query.get("scope") ?? "").split(" ").filter(Boolean),
    };
    const code = crypto.randomUUID();
    this.#codes.set(code, grant);
    return this.#back(query, { code, ...this.dialect.callback?.(this.origin, grant) });
  }

  #refuseClient(query: URLSearchParams) {
    if (query.get("client_id") !== clientId) return { page: "Client not found." };
    if (query.get("code_challenge_method") !== "S256") return { page: "A PKCE code challenge is required." };
    return null;
  }

  #back(query: URLSearchParams, parameters: Record<string, string>): Answer {
    const location = new URL(query.get("redirect_uri") ?? "");
    for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
    location.searchParams.set("state", query.get("state") ?? "");
    return { status: 302, headers: { location: location.href }, body: null };
  }

  async #token(request: Request): Promise<Answer> {
    const form = new URLSearchParams(await request.clone().text());
    const { form: kind } = this.dialect;
    const wantsJson = request.headers.get("accept")?.includes("json") === true;
    const asForm = kind === "always" || (kind !== undefined && !wantsJson);
    const shaped = (answer: Answer) => (asForm ? { ...answer, body: formOf(answer.body) } : answer);
    if (!this.#isClient(request, form)) return shaped(this.dialect.refused.client);
    if (form.get("grant_type") === "refresh_token") return shaped(await this.#refresh(form));
    const code = form.get("code") ?? "";
    const grant = this.#codes.get(code);
    this.#codes.delete(code);
    const proof = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const fits = grant && grant.challenge === proof && grant.redirectUri === form.get("redirect_uri");
    if (!fits) return shaped(this.dialect.refused.code);
    const family = { grant, live: "", spent: new Set<string>() };
    this.#families.push(family);
    return shaped(this.dialect.refuseToken?.(form, grant) ?? (await this.#issue(family, form)));
  }

  async #refresh(form: URLSearchParams): Promise<Answer> {
    const token = form.get("refresh_token") ?? "";
    const family = this.#families.find(({ live, spent }) => live === token || spent.has(token));
    if (!family) return this.dialect.refused.refresh;
    if (family.spent.has(token)) {
      this.#families.splice(this.#families.indexOf(family), 1);
      return this.dialect.refused.reused;
    }
    const refused = this.dialect.refuseToken?.(form, family.grant);
    if (refused) return refused;
    family.grant.refreshed++;
    return this.#issue(family, form);
  }

  async #issue(family: Family, form: URLSearchParams): Promise<Answer> {
    const issued = this.dialect.issue(family.grant, this.origin, form);
    const access = await this.#access(issued.access, family.grant);
    const renews = form.get("grant_type") === "refresh_token";
    const members: Record<string, unknown> = { access_token: access, token_type: "Bearer", expires_in: lifetime };
    if (issued.id) members.id_token = await this.#sign({ nonce: family.grant.nonce ?? undefined, ...issued.id }, {});
    if (issued.refresh && (!renews || this.dialect.refreshTokens === "rotate")) {
      if (family.live) family.spent.add(family.live);
      family.live = crypto.randomUUID();
      members.refresh_token = family.live;
    }
    return { body: { ...members, ...issued.members } };
  }

  async #access(access: Issued["access"], grant: Grant): Promise<string> {
    const token = typeof access === "string" ? access : await this.#sign(access.claims, access.header ?? {});
    this.#tokens.set(token, grant);
    return token;
  }

  #sign(claims: Record<string, unknown>, header: Record<string, unknown>): Promise<string> {
    const { typ = "JWT", ...rest } = header;
    const type = typ === null ? {} : { typ: String(typ) };
    const payload = { iss: this.dialect.issuer(this.origin), ...times(600), ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "key-1", ...type, ...rest }).sign(this.#key);
  }

  #isClient(request: Request, form: URLSearchParams): boolean {
    const { authentication } = this.dialect;
    const header = request.headers.get("authorization") === `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    const body = form.get("client_id") === clientId && form.get("client_secret") === clientSecret;
    if (authentication === "none") return form.get("client_id") === clientId;
    return (authentication !== "body" && header) || (authentication !== "header" && body);
  }

  /** `asked` tells and forgets requests, `refuse` makes one path answer otherwise once, `app-token` issues one. */
  async #rig(verb: string, request: Request): Promise<Response> {
    const body = (await request.json()) as { path?: string; login?: string; clientId?: string; scope?: string };
    if (verb === "refuse") this.#refusals.push({ path: "", ...body });
    if (verb === "asked") return Response.json(this.#asked.splice(0));
    if (verb !== "app-token") return Response.json({});
    const login = body.login ?? "";
    const access = this.dialect.appToken?.(login, this.origin) ?? "";
    const grant = { login, clientId: body.clientId ?? clientId, redirectUri: "", challenge: "", nonce: null };
    const scope = (body.scope ?? "").split(" ");
    return Response.json(await this.#access(access, { ...grant, scope, query: new URLSearchParams(), refreshed: 0 }));
  }
}

function formOf(body: unknown): URLSearchParams {
  const members = Object.entries(body ?? {}).filter(([, value]) => value !== undefined);
  return new URLSearchParams(Object.fromEntries(members.map(([name, value]) => [name, String(value)])));
}

function responseOf({ status = 200, headers = {}, body = null }: Answer): Response {
  if (body instanceof URLSearchParams || body === null) return new Response(body, { status, headers });
  if (typeof body === "string")
    return new Response(body, { status, headers: { "content-type": "text/html", ...headers } });
  return Response.json(body, { status, headers });
}

export async function startFakeProvider(dialect: Dialect): Promise<{ url: string; close(): Promise<void> }> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "key-1", use: "sig", alg: "RS256" };
  const provider = new FakeProvider(dialect, privateKey, jwk);
  const server = createServer(
    getRequestListener((request) => provider.answer(request), { overrideGlobalObjects: false }),
  );
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  provider.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  return { url: provider.origin, close };
}
