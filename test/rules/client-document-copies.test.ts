// Copies of clients' documents and keys: how long they live, what they bridge, and what stands in for a host.
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

describe("copies of documents", () => {
  test.each([
    ["an hour where nothing is said", {}, 3599, 3601],
    ["as long as its headers say", { "cache-control": "max-age=900" }, 899, 901],
    ["five minutes at least", { "cache-control": "no-store" }, 299, 301],
    ["a day at most", { "cache-control": "max-age=31536000" }, 86_399, 86_401],
  ])("live %s", async (_, headers, still, over) => {
    const clock = createClock();
    const documents = documentsFor({ now: clock.now });
    publish({}, { headers });
    await documents.find(id());
    clock.forward(still);
    await documents.find(id());
    expect(host.count(path)).toBe(1);
    clock.forward(over - still);
    await documents.find(id());
    expect(host.count(path)).toBe(2);
  });

  test("are shared with another isolate", async () => {
    const copies = memoryCopies();
    publish();
    await documentsFor({ copies }).find(id());
    expect((await documentsFor({ copies }).find(id())).name).toBe("Pilot");
    expect(host.count(path)).toBe(1);
  });

  test("a store that fails, or holds something else, is a store without a copy", async () => {
    publish();
    const broken = {
      get: async () => Promise.reject(new Error("away")),
      put: async () => Promise.reject(new Error("away")),
    };
    expect((await documentsFor({ copies: broken }).find(id())).name).toBe("Pilot");
    const strange = { get: async () => ({ value: "{", fetchedAt: Date.now() / 1000 }), put: async () => {} };
    expect((await documentsFor({ copies: strange }).find(id())).name).toBe("Pilot");
  });

  test("bridge an outage of a week, asking again once a minute, and no longer", async () => {
    const clock = createClock();
    const documents = documentsFor({ now: clock.now });
    publish();
    await documents.find(id());
    host.on(path, { status: 503 });
    clock.forward(6 * 86_400);
    const standIn = { reason: "client_document_unavailable", seen: `${id()}: status 503` };
    expect(await documents.find(id())).toMatchObject({ name: "Pilot", standIn });
    expect(await documents.find(id())).toMatchObject({ name: "Pilot", standIn });
    expect(host.count(path)).toBe(2);
    clock.forward(61);
    await documents.find(id());
    expect(host.count(path)).toBe(3);
    clock.forward(86_400);
    await expect(documents.find(id())).rejects.toMatchObject({
      reason: "client_document_unavailable",
      transient: true,
    });
  });

  test("do not bridge a document that its publisher has made unacceptable", async () => {
    const clock = createClock();
    const documents = documentsFor({ now: clock.now });
    publish();
    await documents.find(id());
    publish({ redirect_uris: ["http://client.example/cb"] });
    clock.forward(3601);
    await expect(documents.find(id())).rejects.toMatchObject({ reason: "client_document_invalid" });
  });

  test("a crowd that asks together is one question, and shares its failure but does not keep it", async () => {
    const documents = documentsFor();
    publish();
    await Promise.all(Array.from({ length: 20 }, () => documents.find(id())));
    expect(host.count(path)).toBe(1);
    const others = documentsFor();
    host.on(path, { status: 503 });
    await Promise.allSettled(Array.from({ length: 20 }, () => others.find(id())));
    expect(host.count(path)).toBe(2);
    publish();
    expect((await others.find(id())).name).toBe("Pilot");
  });
});

describe("pinned documents", () => {
  const goose = "https://goose-docs.ai/oauth/client-metadata.json";

  test("serve when their host is away, by exact URL, until it is back", async () => {
    const clock = createClock();
    const documents = documentsFor({ now: clock.now, allowPrivateNetwork: false });
    const away = vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("no", { status: 403 }));
    expect(await documents.find(goose)).toMatchObject({
      redirectUris: ["http://127.0.0.1/oauth_callback"],
      standIn: { reason: "client_document_unavailable", seen: `${goose}: status 403` },
    });
    await documents.find(goose);
    expect(away).toHaveBeenCalledTimes(1);
    const sibling = documents.find("https://goose-docs.ai/oauth/other.json");
    await expect(sibling).rejects.toMatchObject({ reason: "client_document_unavailable", transient: true });
    const live = { client_id: goose, client_name: "goose, live", redirect_uris: ["http://127.0.0.1/oauth_callback"] };
    away.mockImplementation(async () => Response.json(live));
    clock.forward(61);
    const back = await documents.find(goose);
    expect([back.name, back.standIn]).toEqual(["goose, live", undefined]);
  });

  test("do not stand in for a document that their host has made unacceptable", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () =>
      Response.json({ client_id: goose, client_secret: "x" }),
    );
    const refused = documentsFor({ allowPrivateNetwork: false }).find(goose);
    await expect(refused).rejects.toMatchObject({ reason: "client_document_invalid" });
  });
});

describe("the keys of a client", () => {
  const keyed = { token_endpoint_auth_method: "private_key_jwt" };
  const key = (kid: string) => ({ kty: "EC", crv: "P-256", x: "x", y: "y", kid });
  const published = () => publish({ ...keyed, jwks_uri: `${host.origin}/jwks` });

  test("inside the document need no fetch", async () => {
    publish({ ...keyed, jwks: { keys: [key("1")] } });
    const documents = documentsFor();
    expect(await documents.keys(await documents.find(id()), "unknown")).toEqual([key("1")]);
    expect(host.asked).toHaveLength(1);
  });

  test("elsewhere are fetched once, and again for an unknown kid, within a cooldown", async () => {
    const clock = createClock();
    const documents = documentsFor({ now: clock.now });
    published();
    host.on("/jwks", { body: { keys: [key("1")] } });
    const document = await documents.find(id());
    expect(await documents.keys(document, "1")).toEqual([key("1")]);
    expect(await documents.keys(document, null)).toEqual([key("1")]);
    expect(await documents.keys(document, "2")).toEqual([key("1")]);
    expect(host.count("/jwks")).toBe(1);
    host.on("/jwks", { body: { keys: [key("1"), key("2")] } });
    clock.forward(31);
    expect(await documents.keys(document, "2")).toHaveLength(2);
    expect(host.count("/jwks")).toBe(2);
  });

  test.each([
    ["are away", { status: 503 }, { reason: "client_keys_unavailable", transient: true }],
    ["are gone", { status: 404 }, { reason: "client_keys_unavailable" }],
    ["redirect", { status: 302, headers: { location: "/inside" } }, { reason: "client_keys_unavailable" }],
    [
      "are larger than 32 KB",
      { body: { keys: [], pad: "x".repeat(32 * 1024) } },
      { reason: "client_keys_unavailable" },
    ],
    ["are no key set", { body: { keys: "none" } }, { reason: "client_keys_unavailable" }],
    ["are symmetric", { body: { keys: [{ kty: "oct", k: "x" }] } }, { reason: "client_document_invalid" }],
  ])("elsewhere that %s are refused", async (_, answer, refused) => {
    published();
    host.on("/jwks", answer);
    const documents = documentsFor();
    await expect(documents.keys(await documents.find(id()), "1")).rejects.toMatchObject(refused);
    expect(host.count("/inside")).toBe(0);
  });

  test("elsewhere count against that host like its documents", async () => {
    let asked = 0;
    published();
    host.on("/jwks", { body: { keys: [key("1")] } });
    const documents = documentsFor({ mayAsk: async () => ++asked <= 1 });
    const keys = documents.keys(await documents.find(id()), "1");
    await expect(keys).rejects.toMatchObject({ reason: "rate_limited" });
    expect(host.count("/jwks")).toBe(0);
  });

  test("a document without keys has none", async () => {
    publish();
    const documents = documentsFor();
    expect(await documents.keys(await documents.find(id()), null)).toEqual([]);
  });
});
