// Gateway profiles: create, change, delete. What changes who a user is ends the profile's grants.
import { idPrefix } from "../../contract/ids.ts";
import type { GatewayCreate, GatewayUpdate, GatewayUpdated, GatewayView } from "../../contract/management/gateways.ts";
import type { PageRequest } from "../../contract/management/page.ts";
import { Refusal } from "../oauth/errors.ts";
import type { GatewayRecord } from "../store/promises/gateways.ts";
import { newId } from "../tokens/opaque.ts";
import { type Actor, enter } from "./actor.ts";
import { noteChange } from "./change-lines.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError, theOnly } from "./errors.ts";
import { changesOf, newGateway } from "./gateway-fields.ts";
import { gatewayView } from "./gateway-view.ts";
import { finishRevocations, revocationPending } from "./revocation.ts";
import { paged, trail } from "./trail.ts";

export function gatewayOperations(parts: AdminDependencies) {
  const { organizations, gateways, now } = parts;
  return {
    async create(actor: Actor, orgId: string, body: GatewayCreate): Promise<GatewayView> {
      await enter(organizations, actor, orgId, "admin");
      const gateway = await newGateway(parts, newId(idPrefix.gateway), orgId, body);
      gateway.pinnedIssuer = await issuerOf(parts, actor, gateway);
      const entry = trail(actor, orgId, "gateway.create", gateway.id, now(), Object.keys(body));
      await gateways.create(gateway, entry);
      noteChange(parts, actor, entry, [gateway.id]);
      return gatewayView(parts, gateway, []);
    },
    async list(actor: Actor, orgId: string, request: PageRequest) {
      await enter(organizations, actor, orgId, "viewer");
      const listed = await gateways.list(orgId, request);
      const linked = await gateways.linkedServers(listed.items.map((gateway) => gateway.id));
      return paged(listed, request, (gateway) => gatewayView(parts, gateway, linked));
    },
    async get(actor: Actor, orgId: string, reference: string): Promise<GatewayView> {
      await enter(organizations, actor, orgId, "viewer");
      const gateway = await findGateway(parts, orgId, reference);
      return gatewayView(parts, gateway, await gateways.linkedServers([gateway.id]));
    },
    update: (actor: Actor, orgId: string, reference: string, body: GatewayUpdate) =>
      update(parts, actor, orgId, reference, body),
    async remove(actor: Actor, orgId: string, reference: string): Promise<void> {
      await enter(organizations, actor, orgId, "admin");
      const gateway = await findGateway(parts, orgId, reference);
      await refuseAttached(parts, gateway);
      const { pending } = await finishRevocations(parts, { gatewayId: gateway.id });
      if (pending > 0) throw revocationPending(pending);
      const removed = await gateways.remove(gateway.id, trail(actor, orgId, "gateway.delete", gateway.id, now()));
      if (!removed) await refuseAttached(parts, gateway);
    },
  };
}

/** @throws AdminError not_found, or name_ambiguous when two profiles have this name */
export async function findGateway(
  { gateways }: Pick<AdminDependencies, "gateways">,
  orgId: string,
  reference: string,
  field?: string,
): Promise<GatewayRecord> {
  return theOnly(await gateways.find(orgId, reference), "gateway", reference, field);
}

async function update(
  parts: AdminDependencies,
  actor: Actor,
  orgId: string,
  reference: string,
  body: GatewayUpdate,
): Promise<GatewayUpdated> {
  await enter(parts.organizations, actor, orgId, "admin");
  const before = await findGateway(parts, orgId, reference);
  const linked = await parts.gateways.linkedServers([before.id]);
  if (Object.keys(body).length === 0) return { ...gatewayView(parts, before, linked), grantsEnded: 0 };
  const change = await changesOf(parts, before, body);
  let after = { ...before, ...change.fields };
  let revoke = false;
  if (change.issuerMayDiffer || before.pinnedIssuer === null) {
    const pinnedIssuer = await issuerOf(parts, actor, after);
    if (change.issuerMayDiffer && pinnedIssuer === null) refuseUnknownIssuer(before, linked.length);
    // An address that was only spelled differently names the same issuer, and the same people.
    revoke = change.issuerMayDiffer && before.pinnedIssuer !== null && pinnedIssuer !== before.pinnedIssuer;
    if (pinnedIssuer !== before.pinnedIssuer) change.fields.pinnedIssuer = pinnedIssuer;
    after = { ...after, pinnedIssuer };
  }
  revoke ||= change.subjectDiffers;
  // Tokens that were issued under a longer lifetime must not outlive the new one.
  const raiseEpoch = after.accessTokenTtl < before.accessTokenTtl;
  const entry = trail(actor, orgId, "gateway.update", before.id, parts.now(), Object.keys(body));
  const stored = { fields: change.fields, raiseEpoch, revoke: revoke ? ("grant_revoked" as const) : null };
  await parts.publish(await parts.gateways.update(before.id, stored, entry));
  noteChange(parts, actor, entry, [before.id]);
  const ended = revoke ? await finishRevocations(parts, { gatewayId: before.id }) : { revoked: 0, pending: 0 };
  return { ...gatewayView(parts, after, linked), grantsEnded: ended.revoked + ended.pending };
}

/** Best effort: a provider that is away, or not yet there, never keeps an operator from saving. */
async function issuerOf(
  { discoverIssuer, logs }: AdminDependencies,
  actor: Actor,
  gateway: GatewayRecord,
): Promise<string | null> {
  const line = {
    ...({ event: "discovery", requestId: actor.requestId ?? gateway.id } as const),
    ...{ organization: gateway.organizationId, gateway: gateway.id },
  };
  const threeSeconds = new Promise<null>((resolve) => setTimeout(resolve, 3000, null));
  try {
    const issuer = await Promise.race([discoverIssuer(gateway), threeSeconds]);
    if (issuer !== null) logs.record({ ...line, outcome: "ok", seen: issuer });
    else logs.record({ ...line, outcome: "failed", reason: "provider_unavailable", expected: "an answer within 3 s" });
    return issuer;
  } catch (error) {
    if (error instanceof Refusal) {
      const { expected, seen, field, diagnosis } = error.detail;
      const finding = { ...(expected && { expected }), ...(seen && { seen }), ...(field && { field }) };
      const known = diagnosis ? { diagnosis } : {};
      logs.record({ ...line, outcome: "failed", reason: error.reason, ...finding, ...known });
    }
    return null;
  }
}

/** Users are keyed under the issuer: while people may be signed in, a new address is taken only if it can be read. */
function refuseUnknownIssuer({ pinnedIssuer }: GatewayRecord, servers: number): void {
  if (pinnedIssuer === null || servers === 0) return;
  const why = `the provider does not answer at its new address, and this profile's users are known under ${pinnedIssuer}`;
  throw new AdminError("issuer_unknown", `${why}; nothing was saved: try again, or detach the profile first`);
}

async function refuseAttached({ gateways }: AdminDependencies, gateway: GatewayRecord): Promise<void> {
  const linked = await gateways.linkedServers([gateway.id]);
  if (linked.length === 0) return;
  const slugs = linked.map((server) => server.slug).join(", ");
  throw new AdminError("gateway_attached", `this gateway is attached to ${slugs}; detach it there first`);
}
