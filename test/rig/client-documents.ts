// Clients' documents as the rules tests meet them: a host that the test writes, and a gateway that reads it.
import { type ClientDocumentsSettings, createClientDocuments } from "../../src/worker/downstream/client-documents.ts";
import type { ClientDocuments } from "../../src/worker/oauth/client-document.ts";
import { createClock, memoryCopies } from "./connector.ts";
import type { Answer, ScriptedProvider } from "./scripted-provider.ts";

export const documentPath = "/client.json";

/** Publishes the document of `{origin}/client.json`, with these members changed and this status or these headers. */
export function publishDocument(
  host: ScriptedProvider,
  members: Record<string, unknown> = {},
  answer: Answer = {},
): void {
  const client_id = `${host.origin}${documentPath}`;
  const body = { client_id, client_name: "Pilot", redirect_uris: ["https://client.example/cb"], ...members };
  host.on(documentPath, { ...answer, body });
}

export function documentsFor(settings: Partial<ClientDocumentsSettings> = {}): ClientDocuments {
  return createClientDocuments({
    now: createClock().now,
    copies: memoryCopies(),
    mayAsk: async () => true,
    allowPrivateNetwork: true,
    ownHosts: ["localhost:8787"],
    timeout: 500,
    ...settings,
  });
}
