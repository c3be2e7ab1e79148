// What the log keeps of a refused request: which step it was, at which server, of which attempt, and why.
import type { GatewayEvent, ReasonCode } from "../contract/events.ts";
import type { Context, Visit } from "./endpoints/context.ts";
import { Refusal } from "./oauth/errors.ts";
import { printable } from "./oauth/params.ts";
import type { Door, ServerDoor } from "./resolve-server.ts";

/**
 * Written in the background, because the server may have to be looked up. The proxy and the embedded exchange note their
 * own refusals, since they know who asked; of those, only faults come here.
 * @param thrown what was thrown, of which `refusal` was made
 */
export async function noteFailure(
  refusal: Refusal,
  thrown: unknown,
  { door, url }: { door: Door; url: URL },
  { context, requestId }: Visit,
): Promise<void> {
  const unforeseen = !(thrown instanceof Refusal);
  const { attempt, field, expected, diagnosis, seen = unforeseen ? nameOf(thrown) : undefined, line } = refusal.detail;
  context.record({
    event: unforeseen ? "failure" : stepOf(refusal.reason, door),
    outcome: isFailure(refusal) ? "failed" : "refused",
    reason: refusal.reason,
    requestId,
    ...(await placeOf(door, refusal.reason, context)),
    ...clientOf(door, url),
    ...(attempt && { attempt }),
    ...(field && { field }),
    ...(expected && { expected }),
    ...(seen && { seen }),
    ...(diagnosis && { diagnosis }),
    ...line,
  });
}

/** A failure is nobody's mistake at the door: the gateway's, its storage's or the provider's. */
function isFailure(refusal: Refusal): boolean {
  if ("status" in refusal && typeof refusal.status === "number") return refusal.status >= 500;
  return "error" in refusal && (refusal.error === "server_error" || refusal.error === "temporarily_unavailable");
}

const steps: Partial<Record<ServerDoor, GatewayEvent["event"]>> = {
  authorize: "authorize",
  token: "token",
  register: "registration",
  revoke: "revocation",
  "embedded/exchange": "exchange",
};

const ofDiscovery: readonly ReasonCode[] = ["metadata_not_found", "metadata_invalid", "metadata_issuer_mismatch"];

/** What keeps a person from being sent to the provider. */
const ofDeparture: readonly ReasonCode[] = ["profile_incomplete", "outbound_refused", "provider_unavailable"];

/** What was wrong after the provider's answer itself was in order: its tokens, or whom they name. */
const ofIdentity: readonly ReasonCode[] = [
  ...(["provider_client_rejected", "id_token_invalid", "access_token_invalid", "audience_mismatch"] as const),
  ...(["identity_missing", "scopes_missing", ...ofDeparture] as const),
];

function stepOf(reason: ReasonCode, door: Door): GatewayEvent["event"] {
  if (ofDiscovery.includes(reason)) return "discovery";
  if (door.kind === "callback") return ofIdentity.includes(reason) ? "identity" : "return";
  const asks = door.kind === "consent" || (door.kind === "server" && door.door === "authorize");
  if (asks && ofDeparture.includes(reason)) return "departure";
  if (door.kind === "consent") return "consent";
  return (door.kind === "server" && steps[door.door]) || "failure";
}

/** The server by its URL, from the isolate's copy; one that does not exist is not looked for a second time. */
async function placeOf(door: Door, reason: ReasonCode, { snapshots }: Context): Promise<Partial<GatewayEvent>> {
  if (door.kind !== "server" || reason === "server_unknown") return {};
  const snapshot = await snapshots.bySlug(door.slug).catch(() => null);
  return {
    server: door.slug,
    ...(snapshot && { organization: snapshot.organizationId }),
    ...(snapshot?.gateway && { gateway: snapshot.gateway.id }),
  };
}

/** A client that is refused before anything is known of it is still told apart by the id that it sends. */
function clientOf(door: Door, url: URL): Partial<GatewayEvent> {
  const client = door.kind === "server" && door.door === "authorize" ? url.searchParams.get("client_id") : null;
  return client ? { client: printable(client, 200) } : {};
}

/** The kind of error and where it came from, without its message, which could hold a value. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const [, frame = ""] = error.stack?.split("\n") ?? [];
  return `${error.name} ${frame.trim()}`.slice(0, 200);
}
