// Which web origins an agent may list, and which browser origins that list admits (P-90).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originMatches, refuseAllowedOrigin } from "../../src/worker/oauth/allowed-origin.ts";

describe("an origin may be listed", () => {
  it.each([
    "https://app.example.com",
    "https://app.example.com:8443",
    "https://App.Example.com",
    "HTTPS://app.example.com",
    "https://xn--bcher-kva.example",
    "https://feature_x.example.com",
    "https://intranet",
    "https://203.0.113.7",
    "https://[2001:db8::1]:8443",
    "https://*.example.com",
    "https://*.preview.example.com:8443",
    "https://*.xn--bcher-kva.example",
    "http://localhost",
    "http://localhost:5173",
    "http://127.0.0.1:5173",
    "http://[::1]:5173",
    "https://localhost:8443",
    "https://app.example.com:65535",
  ])("%s", (origin) => {
    expect(refuseAllowedOrigin(origin)).toBeNull();
    const seen = origin.replace("*", "one").toLowerCase();
    expect(originMatches([origin], seen)).toBe(true);
  });
});

describe("an origin is refused with the reason and, where it is plain, the fix", () => {
  it.each([
    ["", "must be an origin such as"],
    ["*", "every web page"],
    ["null", "sandboxed"],
    ["app.example.com", "must have a scheme: write https://app.example.com"],
    ["*.example.com", "must have a scheme: write https://*.example.com"],
    ["//app.example.com", "must be an origin such as"],
    ["ftp://app.example.com", "scheme https"],
    ["chrome-extension://abcdef", "scheme https"],
    ["javascript:alert(1)", "must be an origin such as"],
    ["https://", "must be an origin such as"],
    ["https:///", "must be an origin such as"],
    ["https://:8443", "must be an origin such as"],
    ["https://app.example.com/", "remove the trailing slash: write https://app.example.com"],
    ["https://app.example.com:8443/", "remove the trailing slash: write https://app.example.com:8443"],
    ["https://app.example.com/app", "no path, query or fragment: write https://app.example.com"],
    ["https://app.example.com?x", "no path, query or fragment: write https://app.example.com"],
    ["https://app.example.com#x", "no path, query or fragment: write https://app.example.com"],
    ["https://a.example.com@evil.example", "user name"],
    ["https://user:password@app.example.com", "user name"],
    ["https://*.example.com@evil.example", "user name"],
    ["https://app.example.com:443", "remove :443, which browsers leave out: write https://app.example.com"],
    ["http://localhost:80", "remove :80, which browsers leave out: write http://localhost"],
    ["https://app.example.com:", "port"],
    ["https://app.example.com:0", "port"],
    ["https://app.example.com:08443", "port"],
    ["https://app.example.com:65536", "port"],
    ["https://app.example.com:*", "port"],
    ["https://app.example.com.", "remove the trailing dot: the host is app.example.com"],
    ["https://*.example.com.", "remove the trailing dot: the host is *.example.com"],
    ["http://app.example.com", "must be https"],
    ["http://localhost.example.com", "must be https"],
    ["http://127.0.0.2", "must be https"],
    ["http://192.168.0.7:3000", "must be https"],
    ["http://*.localhost:3000", "must be https"],
    ["http://*.example.com", "must be https"],
    ["https://*", "stands for the whole first label"],
    ["https://*.*.example.com", "stands for the whole first label"],
    ["https://app.*.example.com", "stands for the whole first label"],
    ["https://app*.example.com", "stands for the whole first label"],
    ["https://*app.example.com", "stands for the whole first label"],
    ["https://**.example.com", "stands for the whole first label"],
    ["https://*.com", "two labels at least"],
    ["https://*.localhost", "two labels at least"],
    ["https://*.203.0.113.7", "no address"],
    ["https://*.[::1]", "must be an origin such as"],
    ["https://*..example.com", "letters, digits, hyphens and dots"],
    ["https://app..example.com", "letters, digits, hyphens and dots"],
    ["https://bücher.example", "the host is xn--bcher-kva.example"],
    ["https://*.bücher.example", "the host is *.xn--bcher-kva.example"],
    ["https://0x7f.1", "the host is 127.0.0.1"],
    ["https://[0:0:0:0:0:0:0:1]", "the host is [::1]"],
    ["https://app%2eexample.com", "the host is app.example.com"],
    ["https://a^b.example.com", "valid host name"],
    ["https://[::g]", "valid host name"],
    ["https://[::1", "must be an origin such as"],
    ["https://a.example.com https://b.example.com", "one per item"],
    ["https://a.example.com,https://b.example.com", "one per item"],
    ["https://app.example.com\\@evil.example", "backslashes"],
    ["https://app.example.com\n", "spaces"],
    [" https://app.example.com", "spaces"],
    [`https://${"a.".repeat(130)}example.com`, "valid host name"],
  ])("%j: %s", (origin, reason) => {
    expect(refuseAllowedOrigin(origin)).toContain(reason);
  });
});

describe("a browser's origin is on the list", () => {
  it.each([
    ["https://app.example.com", "https://app.example.com", true],
    ["https://App.Example.com", "https://app.example.com", true],
    ["https://app.example.com", "https://APP.example.com", true],
    ["https://app.example.com", "http://app.example.com", false],
    ["https://app.example.com", "https://app.example.com:8443", false],
    ["https://app.example.com:8443", "https://app.example.com", false],
    ["https://app.example.com", "https://app.example.com:443", false],
    ["https://app.example.com", "https://app.example.com/", false],
    ["https://app.example.com", "https://app.example.com.", false],
    ["https://app.example.com", "https://evil-app.example.com", false],
    ["https://app.example.com", "https://app.example.com.evil.example", false],
    ["https://*.example.com", "https://app.example.com", true],
    ["https://*.example.com", "https://App.Example.com", true],
    ["https://*.example.com", "https://xn--bcher-kva.example.com", true],
    ["https://*.example.com", "https://example.com", false],
    ["https://*.example.com", "https://.example.com", false],
    ["https://*.example.com", "https://a.b.example.com", false],
    ["https://*.example.com", "https://appexample.com", false],
    ["https://*.example.com", "http://app.example.com", false],
    ["https://*.example.com", "https://app.example.com:8443", false],
    ["https://*.example.com", "https://a@evil.example#.example.com", false],
    ["https://*.example.com", "https://a.example.com@evil", false],
    ["https://*.example.com", "https://evil.example/.example.com", false],
    ["https://*.example.com", "https://evil.example:1.example.com", false],
    ["https://*.example.com", "https://*.example.com", false],
    ["https://*.example.com:8443", "https://app.example.com:8443", true],
    ["https://*.example.com:8443", "https://app.example.com", false],
    ["https://*.example.com:8443", "https://app.example.com:18443", false],
    ["http://localhost:5173", "http://localhost:5173", true],
    ["http://localhost:5173", "http://127.0.0.1:5173", false],
    ["http://localhost:5173", "http://localhost:5174", false],
    ["http://[::1]:5173", "http://[::1]:5173", true],
  ])("%s admits %s: %j", (pattern, origin, admits) => {
    expect(originMatches(["https://unrelated.example", pattern], origin)).toBe(admits);
  });

  it.each(["null", "", "*", "https://a.example.com, https://b.example.com", "file://"])(
    "%j is never, not even when it is listed",
    (origin) => {
      expect(originMatches([origin, "*", "https://*.example.com"], origin)).toBe(false);
    },
  );

  it.each([
    "*",
    "null",
    "https://*",
    "https://*.com",
    "http://*.example.com",
    "https://*.*.com",
    "https://a*.example.com",
  ])("%j, which may not be listed, admits nothing", (pattern) => {
    for (const origin of ["https://a.com", "https://a.example.com", "http://a.example.com", "https://ab.example.com"])
      expect(originMatches([pattern], origin)).toBe(false);
  });

  it("an empty list admits nobody", () => {
    expect(originMatches([], "https://app.example.com")).toBe(false);
  });
});

const label = fc.constantFrom("a", "b", "app", "example", "com", "xn--bcher-kva", "*", "A", "", "a@b", "com.");
const origin = fc
  .record({
    scheme: fc.constantFrom("https", "http", "HTTPS"),
    labels: fc.array(label, { minLength: 1, maxLength: 4 }),
    port: fc.constantFrom("", ":443", ":8443", ":80"),
    rest: fc.constantFrom("", "", "", "/", "?.example.com"),
  })
  .map(({ scheme, labels, port, rest }) => `${scheme}://${labels.join(".")}${port}${rest}`);
const listable = origin.filter((text) => refuseAllowedOrigin(text) === null);

describe("whatever is listed and whoever asks", () => {
  it("a match means the same scheme and port, and the same host or one label before the suffix", () => {
    let matches = 0;
    fc.assert(
      fc.property(listable, origin, (pattern, seen) => {
        if (!originMatches([pattern], seen)) return;
        matches += 1;
        const [listed, browser] = [new URL(pattern.replace("*.", "")), new URL(seen)];
        expect([browser.protocol, browser.port]).toEqual([listed.protocol, listed.port]);
        expect(browser.origin).toBe(seen.toLowerCase());
        if (pattern.includes("*")) expect(browser.hostname.split(".").slice(1).join(".")).toBe(listed.hostname);
        else expect(browser.hostname).toBe(listed.hostname);
      }),
      { numRuns: 20_000 },
    );
    expect(matches).toBeGreaterThan(0);
  });

  it("what may be listed without a star is an origin, and admits itself alone", () => {
    fc.assert(
      fc.property(
        listable.filter((text) => !text.includes("*")),
        (text) => {
          expect(new URL(text).origin).toBe(text.toLowerCase());
          expect(originMatches([text], text)).toBe(true);
        },
      ),
    );
  });

  it("text of any kind is answered, and a list of what is refused admits nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), origin, fc.webUrl()), origin, (text, seen) => {
        if (refuseAllowedOrigin(text) !== null && text.toLowerCase() !== seen.toLowerCase()) {
          expect(originMatches([text], seen)).toBe(false);
        }
      }),
    );
  });
});
