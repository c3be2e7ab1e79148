// POST S/embedded/exchange: a signed-in app's own token becomes an MCP-facing token for one server (P-87 to P-93).
import { keyHeader } from "../../../contract/embed.ts";
import type { Identity } from "../../oauth/downstream.ts";
import { WireError } from "../../oauth/errors.ts";
import { type ExchangeAsk, readFormAsk, readJsonAsk } from "../../oauth/exchange-request.ts";
import { readParameters } from "../../oauth/params.ts";
import { isForm, readWireForm, readWireJson } from "../../oauth/read-body.ts";
import type { ServerVisit } from "../context.ts";
import { admit } from "./admission.ts";
import { answer } from "./answer.ts";
import { type Known, noteRefusal, noteSuccess } from "./note.ts";
import { refusal } from "./refusal.ts";
import { subjectOf } from "./subject.ts";

export { agentCors } from "./cors.ts";

/**
 * Once warm: no storage round trip before the answer, and after it one row per person and hour.
 * @param cors headers by which the page may read the answer
 */
export async function exchange(request: Request, visit: ServerVisit, cors: Record<string, string>): Promise<Response> {
  const known: Known = { origin: request.headers.get("origin") };
  try {
    const ask = await read(request, visit.server.resource);
    known.session = ask.session;
    const agent = await admit(ask, known.origin, visit);
    known.agent = agent;
    const { gateway } = visit.server.snapshot;
    // The target exists, but nobody can say whose tokens it takes (RFC 8693 §2.2.2).
    if (gateway === null) throw new WireError(400, "invalid_target", "gateway_detached");
    const subject = await subjectOf(ask, agent, gateway, request, visit);
    known.user = subject.identity.userId;
    const response = await answer(ask.token, subject, agent, gateway, visit, cors);
    noteUser(subject.identity, visit);
    noteSuccess(known, visit);
    return response;
  } catch (error) {
    const refused = await refusal(error, known, request, visit);
    await noteRefusal(refused, known, visit);
    throw refused;
  }
}

function noteUser(identity: Identity, { background, context, server }: ServerVisit): void {
  const { organizationId } = server.snapshot;
  const noted = context.notePerson({ organizationId, identity, channel: "embedded", now: context.now() });
  if (noted) background(noted);
}

async function read(request: Request, resource: string): Promise<ExchangeAsk> {
  if (!isForm(request)) return readJsonAsk(await readWireJson(request, "invalid_request"));
  const form = readParameters(await readWireForm(request));
  if (!form.ok) throw new WireError(400, "invalid_request", form.reason, { field: form.field, seen: form.seen });
  return readFormAsk(form.parameters, request.headers.get(keyHeader), resource);
}
