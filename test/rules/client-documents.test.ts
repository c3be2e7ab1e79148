// Fetching clients' documents over real HTTP: which answers count, and whom nobody may hammer.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { documentPath, documentsFor, publishDocument } from "../rig/client-documents.ts";
import { createClock, memoryCopies } from "../rig/connector.ts";
import { type Answer, type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

let host: ScriptedProvider;
beforeAll(async () => {
  host = await startScriptedProvider();
});
afterAll(() => host.close());
beforeEach(() => host.reset());
afterEach(() => {
  vi.restoreAllMocks();
});

const path = documentPath;
const id = () => `${host.origin}${path}`;
const publish = (members: Record<string, unknown> = {}, answer: Answer = {}) => publishDocument(host, members, answer);

describe("P-39 group 14: an answer", () => {
  test.each([
    ["redirects", { status: 301, headers: { location: "http://169.254.169.254/" } }, "client_document_unavailable"],
    ["redirects for now", { status: 302, headers: { location: "/inside" } }, "client_document_unavailable"],
    ["is 201", { status: 201 }, "client_document_unavailable"],
    ["is 204", { status: 204 }, "client_document_unavailable"],
    ["is 404", { status: 404 }, "client_document_unavailable"],
    ["is 403", { status: 403 }, "client_document_unavailable"],
    ["is 500", { status: 500 }, "client_document_unavailable"],
    ["is 429", { status: 429 }, "client_document_unavailable"],
    ["is HTML", { headers: { "content-type": "text/html" } }, "client_document_invalid"],
    ["is plain text", { headers: { "content-type": "text/plain" } }, "client_document_invalid"],
    ["is text/json", { headers: { "content-type": "text/json" } }, "client_document_invalid"],
    ["has no type", { headers: { "content-type": "" } }, "client_document_invalid"],
  ])("that %s does not count, and a good one right after it does", async (_, answer, reason) => {
    const documents = documentsFor();
    publish({}, answer);
    await expect(documents.find(id())).rejects.toMatchObject({ reason });
    publish();
    expect((await documents.find(id())).name).toBe("Pilot");
    expect(host.count("/inside")).toBe(0);
  });

  test.each([
    ["is no JSON", { body: "{", headers: { "content-type": "application/json" } }],
    ["names another id", { body: { client_id: "x", client_name: "x", redirect_uris: ["https://a.example/"] } }],
  ])("that %s is not kept either", async (_, answer) => {
    const copies = memoryCopies();
    const documents = documentsFor({ copies });
    host.on(path, answer);
    await expect(documents.find(id())).rejects.toMatchObject({ reason: "client_document_invalid" });
    expect(copies.size()).toBe(0);
    publish();
    expect((await documents.find(id())).name).toBe("Pilot");
  });

  test.each(["application/json; charset=utf-8", "application/oauth-client-id-metadata+json", "APPLICATION/JSON"])(
    "of type %s counts",
    async (type) => {
      publish({}, { headers: { "content-type": type } });
      expect((await documentsFor().find(id())).name).toBe("Pilot");
    },
  );

  test("of 5 KB counts, and one byte more does not, whatever its length was said to be", async () => {
    const size = (members: object) =>
      JSON.stringify({
        client_id: id(),
        client_name: "Pilot",
        redirect_uris: ["https://client.example/cb"],
        ...members,
      }).length;
    const pad = "x".repeat(5 * 1024 - size({ pad: "" }));
    publish({ pad });
    expect((await documentsFor().find(id())).name).toBe("Pilot");
    for (const headers of [{}, { "transfer-encoding": "chunked" }]) {
      publish({ pad: `${pad}x` }, { headers });
      const refused = documentsFor().find(id());
      await expect(refused).rejects.toMatchObject({
        reason: "client_document_invalid",
        detail: { expected: "at most 5 KB" },
      });
    }
  });

  test("that drips is cut off in time", async () => {
    const slow = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const drip = setInterval(() => response.write(" "), 50);
      response.on("close", () => clearInterval(drip));
    });
    await new Promise<void>((ready) => slow.listen(0, "127.0.0.1", ready));
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/client.json`;
    const refused = documentsFor().find(url);
    await expect(refused).rejects.toMatchObject({
      reason: "client_document_unavailable",
      transient: true,
      detail: { seen: expect.stringContaining("no answer in time") },
    });
    slow.closeAllConnections();
    slow.close();
  });

  test("from an address inside is never asked for in production", async () => {
    const fetched = vi.spyOn(globalThis, "fetch");
    const documents = documentsFor({ allowPrivateNetwork: false });
    await expect(documents.find(id())).rejects.toMatchObject({ reason: "client_url_refused" });
    await expect(documents.find("https://169.254.169.254/x")).rejects.toMatchObject({ reason: "client_url_refused" });
    expect(fetched).not.toHaveBeenCalled();
  });
});

describe("who may send the gateway to a host", () => {
  test("a host that was asked often enough is not asked again, and what is known of it still serves", async () => {
    let asked = 0;
    const clock = createClock();
    const hosts: string[] = [];
    const mayAsk = async (name: string) => {
      hosts.push(name);
      return ++asked <= 1;
    };
    const documents = documentsFor({ now: clock.now, mayAsk });
    publish();
    await documents.find(id());
    clock.forward(3601);
    expect((await documents.find(id())).name).toBe("Pilot");
    const refused = documents.find(`${host.origin}/other.json`);
    await expect(refused).rejects.toMatchObject({ reason: "rate_limited", detail: { retryAfter: 60 } });
    expect(host.asked).toHaveLength(1);
    expect(new Set(hosts)).toEqual(new Set([new URL(host.origin).host]));
  });

  test("who asks is asked for only when something would be fetched", async () => {
    const documents = documentsFor();
    publish();
    await expect(documents.find(id(), async () => false)).rejects.toMatchObject({ reason: "rate_limited" });
    await documents.find(id());
    expect((await documents.find(id(), async () => false)).name).toBe("Pilot");
  });
});
