// Where the metadata documents of the tests' clients are published: a real host on loopback, counted.
import { inject } from "vitest";
import { Client, type Shop } from "./journey.ts";

let documents = 0;

/** A client whose id is the URL of a document that the test publishes, changes and takes away. */
export class DocumentClient extends Client {
  readonly path: string;

  constructor(shop: Shop, redirectUri = "https://client.example/callback") {
    super(shop, redirectUri);
    this.path = `/oauth/client-${++documents}-${crypto.randomUUID().slice(0, 6)}.json`;
    this.clientId = `${inject("publishedUrl")}${this.path}`;
  }

  /** @param answer status, headers, or a body that is no document of this client */
  async publish(members: Record<string, unknown> = {}, answer: Record<string, unknown> = {}): Promise<this> {
    const document = {
      client_id: this.clientId,
      client_name: "Ticket Pilot",
      redirect_uris: [this.redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      ...members,
    };
    await fetch(this.clientId, { method: "PUT", body: JSON.stringify({ body: document, ...answer }) });
    return this;
  }

  /** How often the document was asked for. */
  async asked(path = this.path): Promise<number> {
    return (await fetch(`${inject("publishedUrl")}/count${path}`)).json();
  }
}
