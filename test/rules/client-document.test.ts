// Metadata documents of clients as a table: which are believed, what they offer, and what makes them another document.
import { describe, expect, test } from "vitest";
import { pinnedClientDocuments } from "../../src/contract/client-documents.ts";
import { checkClientKeys, readClientDocument } from "../../src/worker/oauth/client-document.ts";
import { refuseClientAddress, refuseClientUrl } from "../../src/worker/oauth/client-id-url.ts";

const production = { allowPrivateNetwork: false, ownHosts: ["gateway.example.com"] };
const id = "https://client.example/oauth/client.json";
const plain = {
  client_id: id,
  client_name: "Ticket Pilot",
  redirect_uris: ["https://client.example/callback"],
  token_endpoint_auth_method: "none",
};
const publicKey = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9",
  kid: "1",
};

const read = (document: unknown, rules = production) =>
  readClientDocument(typeof document === "string" ? document : JSON.stringify(document), id, rules);
const changed = (members: Record<string, unknown>) => ({ ...plain, ...members });

describe("P-38 a document", () => {
  test("is read: its id, name, redirect URIs, and that it proves itself with nothing", async () => {
    expect(await read(plain)).toEqual({
      clientId: id,
      name: "Ticket Pilot",
      redirectUris: plain.redirect_uris,
      authMethods: ["none"],
      jwks: null,
      jwksUri: null,
      digest: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test.each([
    [
      "members nobody here knows",
      { software_id: "x", grant_types: ["authorization_code", "device"], x_vendor: { a: 1 } },
    ],
    ["null where it says nothing", { logo_uri: null, jwks: null, jwks_uri: null, client_secret: null }],
    ["no method", { token_endpoint_auth_method: undefined }],
    [
      "loopback and web redirects side by side",
      { redirect_uris: ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"] },
    ],
  ])("may have %s", async (_, members) => {
    expect((await read(changed(members))).authMethods).toEqual(["none"]);
  });

  test("has its name tidied, so that it cannot imitate the page around it", async () => {
    expect((await read(changed({ client_name: " Ticket\n\u202ePilot\u200b " }))).name).toBe("Ticket Pilot");
  });

  test.each([
    ["is no JSON", "<!doctype html>", "the document"],
    ["is a list", [plain], "the document"],
    ["is null", null, "the document"],
    ["has no client_id", changed({ client_id: undefined }), "client_id"],
    ["has no client_name", changed({ client_name: undefined }), "client_name"],
    ["has a name that shows nothing", changed({ client_name: "\u200b \u202e" }), "client_name"],
    ["has no redirect_uris", changed({ redirect_uris: undefined }), "redirect_uris"],
    ["has an empty list of redirect_uris", changed({ redirect_uris: [] }), "redirect_uris"],
    ["has a redirect URI that is no text", changed({ redirect_uris: [1] }), "redirect_uris.0"],
    ["has a name that is no text", changed({ client_name: ["x"] }), "client_name"],
  ])("that %s is refused", async (_, document, field) => {
    await expect(read(document)).rejects.toMatchObject({ reason: "client_document_invalid", detail: { field } });
  });

  test.each([
    ["one more character", `${id}x`],
    ["one character less", id.slice(0, -1)],
    ["a trailing slash", `${id}/`],
    ["another case of the path", id.replace("oauth", "OAuth")],
    ["another case of the host", id.replace("client.example", "Client.example")],
    ["the default port", id.replace("client.example", "client.example:443")],
    ["http", id.replace("https", "http")],
    ["a coded letter", id.replace("oauth", "%6Fauth")],
    ["a query", `${id}?`],
  ])("group 14 whose client_id has %s is refused", async (_, clientId) => {
    const refused = read(changed({ client_id: clientId }));
    await expect(refused).rejects.toMatchObject({ reason: "client_document_invalid", detail: { field: "client_id" } });
  });

  test.each([
    ["http on the web", "http://client.example/callback"],
    ["script", "javascript:alert(1)"],
    ["data", "data:text/html,x"],
    ["a fragment", "https://client.example/callback#x"],
    ["a user name", "https://good@evil.example/callback"],
    ["dot segments", "https://client.example/a/%2e%2e/callback"],
    ["no scheme", "/callback"],
  ])("P-46 with %s among its redirect URIs is refused as a whole", async (_, uri) => {
    await expect(read(changed({ redirect_uris: [...plain.redirect_uris, uri] }))).rejects.toMatchObject({
      reason: "client_document_invalid",
      detail: { field: "redirect_uris.1" },
    });
  });
});

describe("P-40 how a document's client authenticates", () => {
  const jwks = { keys: [publicKey] };
  const jwks_uri = "https://client.example/jwks.json";
  const one = (method: string) => ({ token_endpoint_auth_method: method });
  const several = (...methods: string[]) => ({ token_endpoint_auth_methods_supported: methods });

  test.each([
    ["none", one("none"), ["none"]],
    ["nothing said", { token_endpoint_auth_method: undefined }, ["none"]],
    ["nothing said, with keys", { token_endpoint_auth_method: undefined, jwks }, ["none"]],
    ["private_key_jwt with keys inside", { ...one("private_key_jwt"), jwks }, ["private_key_jwt"]],
    ["private_key_jwt with keys elsewhere", { ...one("private_key_jwt"), jwks_uri }, ["private_key_jwt"]],
    [
      "private_key_jwt preferred, none as well",
      { ...one("private_key_jwt"), ...several("none", "private_key_jwt"), jwks_uri },
      ["none", "private_key_jwt"],
    ],
    [
      "none preferred, private_key_jwt as well",
      { ...one("none"), ...several("private_key_jwt"), jwks_uri },
      ["none", "private_key_jwt"],
    ],
    ["only a list", { ...one(""), ...several("private_key_jwt"), jwks }, ["private_key_jwt"]],
    ["private_key_jwt without keys, but none as well", { ...one("private_key_jwt"), ...several("none") }, ["none"]],
    ["one that is not known here, and none", { ...one("tls_client_auth"), ...several("none") }, ["none"]],
  ])("%s", async (_, members, methods) => {
    expect((await read(changed(members))).authMethods).toEqual(methods);
  });

  test.each([
    ["client_secret_basic", one("client_secret_basic"), "token_endpoint_auth_method"],
    ["client_secret_post", one("client_secret_post"), "token_endpoint_auth_method"],
    ["client_secret_jwt", one("client_secret_jwt"), "token_endpoint_auth_method"],
    ["a secret among others", several("none", "client_secret_post"), "token_endpoint_auth_methods_supported"],
    ["client_secret", { client_secret: "s3cret" }, "client_secret"],
    ["client_secret_expires_at", { client_secret_expires_at: 0 }, "client_secret_expires_at"],
    ["private_key_jwt without keys", one("private_key_jwt"), "jwks_uri"],
    ["private_key_jwt with an empty set", { ...one("private_key_jwt"), jwks: { keys: [] } }, "jwks_uri"],
    ["only what is not known here", one("tls_client_auth"), "token_endpoint_auth_method"],
    ["keys inside and elsewhere", { ...one("private_key_jwt"), jwks, jwks_uri }, "jwks_uri"],
    ["keys that are none", { jwks: { keys: ["x"] } }, "jwks.keys.0"],
    ["a key without kty", { jwks: { keys: [{ kid: "1" }] } }, "jwks"],
    ["a private EC key", { jwks: { keys: [{ ...publicKey, d: "x" }] } }, "jwks"],
    ["a private RSA key", { jwks: { keys: [publicKey, { kty: "RSA", n: "x", e: "AQAB", p: "x" }] } }, "jwks"],
    ["a symmetric key", { jwks: { keys: [{ kty: "oct", k: "x" }] } }, "jwks"],
    ["keys over http", { jwks_uri: "http://client.example/jwks.json" }, "jwks_uri"],
    ["keys on the metadata service", { jwks_uri: "https://169.254.169.254/jwks.json" }, "jwks_uri"],
    ["keys on localhost", { jwks_uri: "https://localhost/jwks.json" }, "jwks_uri"],
    ["keys at this gateway", { jwks_uri: "https://gateway.example.com/jwks.json" }, "jwks_uri"],
    ["keys nowhere", { jwks_uri: "" }, "jwks_uri"],
  ])("%s is refused", async (_, members, field) => {
    const refused = read(changed(members));
    await expect(refused).rejects.toMatchObject({ reason: "client_document_invalid", detail: { field } });
  });

  test("what is refused never repeats a secret", async () => {
    const refused: unknown = await read(changed({ client_secret: "s3cret-value" })).catch((error: unknown) => error);
    expect(JSON.stringify(refused)).not.toContain("s3cret-value");
  });

  test("a key set that was fetched is held to the same", () => {
    expect(() => checkClientKeys([publicKey], "jwks_uri")).not.toThrow();
    expect(() => checkClientKeys([{ kty: "oct", k: "x" }], "jwks_uri")).toThrow("client_document_invalid");
  });
});

describe("P-43 the digest", () => {
  const withKey = changed({ jwks: { keys: [publicKey] }, logo_uri: "https://client.example/a.png" });

  test.each([
    ["name", { client_name: "Another" }],
    ["redirect URIs", { redirect_uris: [...plain.redirect_uris, "https://client.example/other"] }],
    ["logo", { logo_uri: "https://client.example/b.png" }],
    ["keys", { jwks: { keys: [{ ...publicKey, x: "other" }] } }],
    ["place of its keys", { jwks: undefined, jwks_uri: "https://client.example/jwks.json" }],
    ["methods", { token_endpoint_auth_methods_supported: ["private_key_jwt"] }],
  ])("changes with the %s", async (_, members) => {
    expect((await read({ ...withKey, ...members })).digest).not.toBe((await read(withKey)).digest);
  });

  test.each([
    ["another member", { policy_uri: "https://client.example/policy" }],
    ["the order of members", Object.fromEntries(Object.entries(withKey).reverse())],
    ["the order within a key", { jwks: { keys: [Object.fromEntries(Object.entries(publicKey).reverse())] } }],
  ])("does not change with %s", async (_, members) => {
    expect((await read({ ...withKey, ...members })).digest).toBe((await read(withKey)).digest);
  });

  test("does not change with the order of redirect URIs", async () => {
    const uris = ["https://client.example/a", "https://client.example/b"];
    const [one, two] = await Promise.all(
      [uris, uris.toReversed()].map((redirect_uris) => read(changed({ redirect_uris }))),
    );
    expect(one?.digest).toBe(two?.digest);
  });
});

describe("P-37 group 13: the id", () => {
  test.each([
    "https://client.example/client.json",
    "https://client.example/oauth/client.json?v=2",
    "https://client.example/a/",
    "https://xn--bcher-kva.example/client",
  ])("%s is acceptable", (clientId) => {
    expect(refuseClientAddress(clientId, production)).toBeNull();
  });

  test.each([
    ["is http", "http://client.example/client.json"],
    ["has no path", "https://client.example"],
    ["has only a slash", "https://client.example/"],
    ["has dot segments", "https://client.example/a/../client.json"],
    ["has a single dot segment", "https://client.example/./client.json"],
    ["has coded dot segments", "https://client.example/a/%2e%2E/client.json"],
    ["has a fragment", "https://client.example/client.json#x"],
    ["has an empty fragment", "https://client.example/client.json#"],
    ["has a user name", "https://user@client.example/client.json"],
    ["has a password", "https://:secret@client.example/client.json"],
    ["is localhost", "https://localhost/client.json"],
    ["is 127.0.0.1", "https://127.0.0.1/client.json"],
    ["is IPv4 in IPv6", "https://[::ffff:169.254.169.254]/client.json"],
    ["is a decimal address", "https://2130706433/client.json"],
    ["is an octal address", "https://0177.0.0.1/client.json"],
    ["is the gateway itself", "https://gateway.example.com/client.json"],
    ["is an internal name", "https://metadata.google.internal/client.json"],
    ["is a single label", "https://intranet/client.json"],
    ["names the default port", "https://client.example:443/client.json"],
    ["has another port", "https://client.example:8443/client.json"],
    ["has its host in capitals", "https://CLIENT.example/client.json"],
    ["has a backslash", "https://client.example\\client.json"],
    ["has a tab", "https://client.example/cli\tent.json"],
    ["is endless", `https://client.example/${"a".repeat(1100)}`],
  ])("that %s is refused", (_, clientId) => {
    expect(refuseClientAddress(clientId, production)).not.toBeNull();
  });

  test("may be http on loopback in development only", () => {
    const local = "http://127.0.0.1:9000/client.json";
    expect(refuseClientAddress(local, { allowPrivateNetwork: true, ownHosts: ["localhost:8787"] })).toBeNull();
    expect(refuseClientUrl(local)).toBe("is not https");
    expect(
      refuseClientAddress("http://localhost:8787/x", { allowPrivateNetwork: true, ownHosts: ["localhost:8787"] }),
    ).toMatch(/this gateway/);
  });
});

describe("pinned documents", () => {
  test.each(pinnedClientDocuments.map((document) => [document.client_id, document] as const))(
    "%s is acceptable as it is pinned",
    async (clientId, document) => {
      expect(refuseClientAddress(clientId, production)).toBeNull();
      const read = await readClientDocument(JSON.stringify(document), clientId, production);
      expect(read).toMatchObject({ clientId, name: document.client_name, redirectUris: document.redirect_uris });
      expect(read.authMethods).toContain("none");
    },
  );

  test("each is one exact URL", () => {
    const ids = pinnedClientDocuments.map(({ client_id }) => client_id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
