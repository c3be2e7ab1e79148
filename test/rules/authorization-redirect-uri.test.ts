// Redirect URIs: what may be registered, what proves that a request names a registered one, and where answers go.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mayBeUsed, ProvenRedirect, refuseRedirect, sameRedirect } from "../../src/worker/oauth/redirect-uri.ts";

const issuer = "https://mcp.example.com/s/support";
const prove = (asked: string, registered: readonly string[], state: string | null = "s") =>
  ProvenRedirect.prove(asked, registered, { state, issuer, trusted: false });

describe("P-46 what may be registered", () => {
  test.each([
    "https://claude.ai/api/mcp/auth_callback",
    "https://app.example:8443/cb?tenant=1&flag",
    "HTTPS://app.example/cb",
    "http://localhost:6274/oauth/callback/debug",
    "http://127.0.0.1/",
    "http://127.0.0.1:33418",
    "http://127.8.9.10:1/cb",
    "http://[::1]:5000/cb",
    "http://[0:0:0:0:0:0:0:1]:5000/cb",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://publisher.extension/mcp-auth/callback/1a2b",
    "com.example.app:/oauth2redirect",
    "https://app.example/a..b/.well-known/cb",
  ])("%s is accepted", (uri) => {
    expect(refuseRedirect(uri)).toBeNull();
  });

  test.each([
    ["no URI at all", "/callback"],
    ["empty", ""],
    ["a scheme alone", "vscode:"],
    ["a fragment", "https://app.example/cb#x"],
    ["an empty fragment", "https://app.example/cb#"],
    ["userinfo", "https://good.example@evil.example/cb"],
    ["userinfo with a password", "https://a:b@evil.example/cb"],
    ["empty userinfo, which the URL parser forgets", "https://@evil.example/cb"],
    ["empty userinfo on loopback", "http://:@127.0.0.1/cb"],
    ["http elsewhere", "http://app.example/cb"],
    ["http on a name that begins like loopback", "http://localhost.evil.example/cb"],
    ["http on a name that begins like an address", "http://127.0.0.1.evil.example/cb"],
    ["http on a name whose dot is encoded", "http://localhost%2eevil.example/cb"],
    ["localhost with a trailing dot, which a resolver may look up", "http://localhost./cb"],
    ["an IPv4-mapped loopback address", "http://[::ffff:127.0.0.1]/cb"],
    ["the unspecified address", "http://0.0.0.0:3000/cb"],
    ["a private address", "http://192.168.1.1/cb"],
    ["an encoded host, which is read as another one than is written", "https://app%2eexample/cb"],
    ["dot segments", "https://app.example/cb/../evil"],
    ["a final dot segment", "https://app.example/cb/.."],
    ["encoded dot segments, which the URL parser resolves", "https://app.example/cb/%2e%2e/evil"],
    ["half-encoded dot segments", "https://app.example/cb/.%2E/evil"],
    ["encoded dots before an encoded slash", "https://app.example/cb/%2e%2e%2fevil"],
    ["a backslash", "https://app.example\\@evil.example/cb"],
    ["no slashes after the scheme", "https:app.example/cb"],
    ["one slash after the scheme", "https:/app.example/cb"],
    ["three slashes after the scheme", "https:///app.example/cb"],
    ["a leading blank", " https://app.example/cb"],
    ["a leading control character, which the URL parser drops", "\u0001https://app.example/cb"],
    ["a NUL at the end", "https://app.example/cb\0"],
    ["a tab inside the scheme", "java\tscript:alert(1)"],
    ["a line break", "https://app.example/cb\r\nset-cookie:a=b"],
    ["a host in another script", "https://аpp.example/cb"],
    ["full-width digits", "http://１２７.0.0.1/cb"],
    ["script", "javascript:alert(1)"],
    ["script in upper case", "JavaScript://app.example/%0aalert(1)"],
    ["data", "data:text/html,x"],
    ["vbscript", "vbscript:x"],
    ["a file", "file:///etc/passwd"],
    ["a blob", "blob:https://app.example/1"],
    ["a WebSocket", "wss://app.example/cb"],
    ["an address that is out of range", "http://127.0.0.256/cb"],
    ["a port that is out of range", "http://127.0.0.1:70000/cb"],
  ])("%s is refused", (_, uri) => {
    expect(refuseRedirect(uri)).toEqual(expect.any(String));
  });

  test.each([
    ["https://app.example/cb", true],
    ["http://localhost:1/cb", true],
    ["cursor://anysphere.cursor-mcp/oauth/callback", false],
    ["com.example.app:/cb", false],
    ["http://app.example/cb", false],
    ["httpx://app.example/cb", false],
  ])("a stored private-use scheme is not used: %s", (uri, usable) => {
    expect(mayBeUsed(uri)).toBe(usable);
  });

  test.each([
    ["cursor://anysphere.cursor-mcp/oauth/callback", ["cursor"], true],
    ["CURSOR://anysphere.cursor-mcp/oauth/callback", ["cursor"], true],
    ["com.example.app:/cb", ["com.example.app"], true],
    ["cursors://x/cb", ["cursor"], false],
    ["javascript:alert(1)", ["javascript"], false],
    ["data:text/html,x", ["data"], false],
    ["http://app.example/cb", ["http"], false],
    ["https://app.example/cb", [], true],
  ])("%s with %j allowed: %j", (uri, schemes, usable) => {
    expect(mayBeUsed(uri, schemes)).toBe(usable);
  });
});

describe("P-50 exact comparison, and any port on loopback (CVE-2025-4143)", () => {
  test.each([
    ["https://app.example/cb", "https://app.example/cb"],
    ["cursor://anysphere.cursor-mcp/oauth/callback", "cursor://anysphere.cursor-mcp/oauth/callback"],
    ["http://localhost/callback", "http://localhost:49152/callback"],
    ["http://127.0.0.1/callback", "http://127.0.0.1:49152/callback"],
    ["http://127.0.0.1:33418", "http://127.0.0.1:33418/"],
    ["http://127.0.0.1:33418/", "http://127.0.0.1:40000"],
    ["http://[::1]/cb", "http://[::1]:9/cb"],
    ["http://localhost:3334/cb?x=1", "http://localhost:5/cb?x=1"],
    ["http://localhost/cb", "http://LOCALHOST:5/cb"],
  ])("%s is met by %s", (registered, asked) => {
    expect(sameRedirect(registered, asked)).toBe(true);
    expect(prove(asked, ["https://other.example/", registered])?.uri).toBe(asked);
  });

  test.each([
    ["an extra path", "https://app.example/cb", "https://app.example/cb/more"],
    ["an extra query", "https://app.example/cb", "https://app.example/cb?x=1"],
    ["an empty query", "https://app.example/cb", "https://app.example/cb?"],
    ["a trailing slash", "https://app.example/cb", "https://app.example/cb/"],
    ["case of the path", "https://app.example/cb", "https://app.example/CB"],
    ["case of the host", "https://app.example/cb", "https://APP.example/cb"],
    ["case of the scheme", "https://app.example/cb", "HTTPS://app.example/cb"],
    ["a port on https", "https://app.example/cb", "https://app.example:8443/cb"],
    ["the default port written out", "https://app.example/cb", "https://app.example:443/cb"],
    ["a port on https localhost", "https://localhost:1/cb", "https://localhost:2/cb"],
    ["a sub-domain", "https://app.example/cb", "https://x.app.example/cb"],
    ["a trailing dot", "https://app.example/cb", "https://app.example./cb"],
    ["http for https", "https://localhost/cb", "http://localhost/cb"],
    ["userinfo", "https://good.example/cb", "https://good.example@evil.example/cb"],
    ["a fragment", "https://app.example/cb", "https://app.example/cb#"],
    ["another loopback path", "http://127.0.0.1/cb", "http://127.0.0.1:5/other"],
    ["a deeper loopback path", "http://127.0.0.1/cb", "http://127.0.0.1:5/cb/x"],
    ["case of a loopback path", "http://127.0.0.1/cb", "http://127.0.0.1:5/CB"],
    ["a loopback query", "http://127.0.0.1/cb", "http://127.0.0.1:5/cb?x=1"],
    ["a loopback fragment", "http://127.0.0.1/cb", "http://127.0.0.1:5/cb#"],
    ["localhost for 127.0.0.1", "http://127.0.0.1/cb", "http://localhost/cb"],
    ["127.0.0.1 for localhost", "http://localhost/cb", "http://127.0.0.1/cb"],
    ["::1 for 127.0.0.1", "http://127.0.0.1/cb", "http://[::1]/cb"],
    ["another loopback address", "http://127.0.0.1/cb", "http://127.0.0.2/cb"],
    ["dot segments on loopback (CVE-2026-12985)", "http://127.0.0.1/cb", "http://127.0.0.1:5/x/../cb"],
    ["encoded dot segments on loopback (CVE-2026-12985)", "http://127.0.0.1/cb", "http://127.0.0.1:5/x/%2e%2e/cb"],
    ["mixed dot segments on loopback (CVE-2026-12985)", "http://127.0.0.1/cb", "http://127.0.0.1:5/x/.%2e/cb"],
    ["a backslash on loopback", "http://127.0.0.1/cb", "http://127.0.0.1:5\\cb"],
    ["empty userinfo on loopback", "http://127.0.0.1/cb", "http://@127.0.0.1:5/cb"],
    ["missing slashes on loopback", "http://127.0.0.1/cb", "http:127.0.0.1:5/cb"],
    ["a blank after loopback", "http://127.0.0.1/cb", "http://127.0.0.1:5/cb "],
    ["a name that begins like loopback", "http://localhost/cb", "http://localhost.evil.example/cb"],
    ["a port on a private-use scheme", "cursor://x/cb", "cursor://x:1/cb"],
  ])("%s does not match", (_, registered, asked) => {
    expect(sameRedirect(registered, asked)).toBe(false);
    expect(prove(asked, [registered])).toBeNull();
  });

  test("nothing matches where nothing is registered", () => {
    expect(prove("https://app.example/cb", [])).toBeNull();
  });

  const segment = fc.constantFrom("cb", "CB", "..", "%2e%2e", "a.b", "", "x");
  const uri = fc
    .record({
      scheme: fc.constantFrom("http", "https", "HTTP"),
      host: fc.constantFrom("localhost", "127.0.0.1", "127.1", "[::1]", "app.example", "@127.0.0.1", "localhost."),
      port: fc.constantFrom("", ":80", ":1", ":33418"),
      path: fc.array(segment, { maxLength: 3 }),
      query: fc.constantFrom("", "?", "?x=1"),
    })
    .map(({ scheme, host, port, path, query }) => `${scheme}://${host}${port}/${path.join("/")}${query}`);
  const portless = (value: string) => {
    const url = new URL(value);
    url.port = "";
    return url.href;
  };

  test("what is proven was registered: to the letter, or on loopback but for the port", () => {
    fc.assert(
      fc.property(fc.array(uri, { maxLength: 4 }), uri, (registered, asked) => {
        const proven = prove(asked, registered);
        if (registered.includes(asked)) return proven !== null;
        if (proven === null) return true;
        const loopback = /^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/]/.test(new URL(asked).href);
        return loopback && registered.some((candidate) => portless(candidate) === portless(asked));
      }),
      { numRuns: 3000 },
    );
  });

  test("any two ports of one registrable loopback URI are the same redirect", () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(fc.constantFrom("localhost", "127.0.0.1", "[::1]"), port, port, (host, one, other) =>
        sameRedirect(`http://${host}:${one}/cb`, `http://${host}:${other}/cb`),
      ),
    );
  });
});

describe("P-54 where the answer goes", () => {
  const answer = (uri: string, state: string | null, parameters: Record<string, string>) =>
    prove(uri, [uri], state)?.to(parameters) ?? "not proven";

  test("iss and state go along with success and with errors", () => {
    for (const parameters of [{ code: "c" }, { error: "access_denied", error_description: "No." }]) {
      const url = new URL(answer("https://app.example/cb", "a/b+c=.d e", parameters));
      expect(Object.fromEntries(url.searchParams)).toEqual({ ...parameters, state: "a/b+c=.d e", iss: issuer });
    }
  });

  test("no state was sent, none comes back", () => {
    expect(answer("https://app.example/cb", null, { code: "c" })).toBe(
      `https://app.example/cb?code=c&iss=${encodeURIComponent(issuer)}`,
    );
  });

  test("RFC 6749 §3.1.2 a registered query is retained to the letter", () => {
    const url = answer("https://app.example/cb?next=a%20b&flag&path=/x", "s", { code: "c" });
    expect(url).toMatch(/^https:\/\/app\.example\/cb\?next=a%20b&flag&path=\/x&code=c&state=s&iss=/);
  });

  test.each(["iss=https://evil.example", "i%73s=https://evil.example&iss=2", "state=theirs", "code=theirs&code=2"])(
    "a registered query cannot speak for the answer: %s",
    (query) => {
      const { searchParams } = new URL(answer(`https://app.example/cb?${query}`, "mine", { code: "ours" }));
      expect(searchParams.getAll("iss")).toEqual([issuer]);
      expect(searchParams.getAll("state")).toEqual(["mine"]);
      expect(searchParams.getAll("code")).toEqual(["ours"]);
    },
  );

  test("a state that looks like further parameters stays one value", () => {
    const url = new URL(answer("https://app.example/cb", "x&iss=https://evil.example#y", { code: "c" }));
    expect(url.searchParams.getAll("iss")).toEqual([issuer]);
    expect(url.searchParams.get("state")).toBe("x&iss=https://evil.example#y");
    expect(url.hash).toBe("");
  });

  test("P-60 only loopback and operators' redirects are trusted with an error that no person saw", () => {
    expect(prove("http://127.0.0.1:1/cb", ["http://127.0.0.1/cb"])?.trusted).toBe(true);
    expect(prove("https://app.example/cb", ["https://app.example/cb"])?.trusted).toBe(false);
    const byOperator = { state: null, issuer, trusted: true };
    expect(ProvenRedirect.prove("https://app.example/cb", ["https://app.example/cb"], byOperator)?.trusted).toBe(true);
  });
});
