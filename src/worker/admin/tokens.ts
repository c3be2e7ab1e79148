// API tokens: made once, kept as a hash, found again by it.
import { idPrefix, secretPrefix } from "../../contract/ids.ts";
import type { PageRequest } from "../../contract/management/page.ts";
import type { TokenCreated, TokenRole, TokenView } from "../../contract/management/tokens.ts";
import type { ApiTokenRecord } from "../store/promises/operators.ts";
import { mostCallers } from "../store/promises/snapshot.ts";
import { newId, randomSecret, sameSecret, sha256 } from "../tokens/opaque.ts";
import { type Actor, deploymentActor, enter } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError, notFound } from "./errors.ts";
import { isoTime, paged, trail } from "./trail.ts";

const day = 86_400;
const isoOrNull = (time: number | null) => (time === null ? null : isoTime(time));

const view = (token: ApiTokenRecord): TokenView => ({
  ...token,
  createdAt: isoTime(token.createdAt),
  lastUsedAt: isoOrNull(token.lastUsedAt),
  revokedAt: isoOrNull(token.revokedAt),
});

export function tokenOperations({ organizations, tokens, publish, now }: AdminDependencies) {
  return {
    async create(actor: Actor, orgId: string, body: { name: string; role: TokenRole }): Promise<TokenCreated> {
      await enter(organizations, actor, orgId, "admin");
      if (body.role === "caller" && (await tokens.callers(orgId)) >= mostCallers) {
        const message = `this organization has ${mostCallers} tokens of role caller; revoke some that are not used first`;
        throw new AdminError("too_many_tokens", message, "role");
      }
      const times = { createdAt: now(), lastUsedAt: null, revokedAt: null };
      const record = { id: newId(idPrefix.token), organizationId: orgId, name: body.name, role: body.role, ...times };
      const token = `${secretPrefix.apiToken}${randomSecret()}`;
      const entry = trail(actor, orgId, "token.create", record.id, now(), ["name", "role"]);
      await publish(await tokens.create(record, await sha256(token), entry));
      return { ...view(record), token };
    },
    async list(actor: Actor, orgId: string, request: PageRequest) {
      await enter(organizations, actor, orgId, "viewer");
      return paged(await tokens.list(orgId, request), request, view);
    },
    async revoke(actor: Actor, orgId: string, tokenId: string): Promise<void> {
      await enter(organizations, actor, orgId, "admin");
      const slugs = await tokens.revoke(orgId, tokenId, trail(actor, orgId, "token.revoke", tokenId, now()));
      if (!slugs) throw notFound("API token", tokenId);
      await publish(slugs);
    },
  };
}

/**
 * Who holds this bearer token, or null. `remember` is called at most daily per token, with work that may be done later.
 */
export async function identifyActor(
  parts: Pick<AdminDependencies, "tokens" | "now"> & { adminToken: string },
  presented: string,
  remember: (work: Promise<unknown>) => void,
): Promise<Actor | null> {
  if (await sameSecret(presented, parts.adminToken)) return deploymentActor;
  if (!presented.startsWith(secretPrefix.apiToken)) return null;
  const token = await parts.tokens.findByHash(await sha256(presented));
  if (!token) return null;
  if (parts.now() - (token.lastUsedAt ?? 0) > day) {
    remember(parts.tokens.used(token.id, parts.now()).catch(() => undefined));
  }
  return { id: token.id, organizationId: token.organizationId, role: token.role };
}
