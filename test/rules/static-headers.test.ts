// Which headers an operator may configure for every call of a server, and which belong to the call itself.
import { describe, expect, test } from "vitest";
import { staticHeaders } from "../../src/contract/management/static-headers.ts";

const faults = (value: unknown) =>
  staticHeaders.safeParse(value).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

test.each([
  [{}],
  [{ Authorization: "Bearer key", "X-Api-Key": "k", Cookie: "session=1", "User-Agent": "import" }],
  [{ "X-Empty": "" }],
  [{ "Content-Language": "en", Accepted: "yes", Mcp: "1", Connections: "2" }],
])("%j may be saved", (headers) => {
  expect(faults(headers)).toEqual([]);
});

describe("refused when saved, by name", () => {
  test.each([
    ...["Connection", "keep-alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Proxy-Authorization", "Expect"],
    ...["Host", "Content-Length", "content-type", "Content-Encoding", "Accept", "Accept-Encoding", "Last-Event-ID"],
    ...["Mcp-Session-Id", "MCP-Protocol-Version", "X-MCPStack-Assertion", "CF-Connecting-IP"],
  ])("%s is the connection's, the client's or the gateway's", (name) => {
    expect(faults({ "X-Api-Key": "k", [name]: "v" })).toEqual([expect.stringMatching(`^${name}: is set by`)]);
  });

  test.each([
    ["", "must be a header name"],
    ["X Key", "must be a header name"],
    ["X-Key:", "must be a header name"],
    ["X-Kéy", "must be a header name"],
    ["x".repeat(101), "must be a header name"],
    ["x-api-key", "is there twice"],
  ])("%j: %s", (name, message) => {
    expect(faults({ "X-Api-Key": "k", [name]: "v" })).toEqual([expect.stringContaining(`${name}: ${message}`)]);
  });
});

describe("values are one line of printable ASCII, and few enough", () => {
  test.each(["a\r\nX-Forged: 1", "a\nb", "\u0000", "é", "x".repeat(8193)])("%j is refused", (value) => {
    expect(faults({ "X-Api-Key": value })).toHaveLength(1);
  });

  test("50 headers and 16,384 characters at most", () => {
    const many = (count: number, length = 1) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, "v".repeat(length)]));
    expect(faults(many(50))).toEqual([]);
    expect(faults(many(51))).toHaveLength(1);
    expect(faults(many(2, 8189))).toEqual([]);
    expect(faults(many(2, 8190))).toHaveLength(1);
  });
});
