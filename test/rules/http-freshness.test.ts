// How long a fetched document is fresh, as its headers say, within bounds.
import { expect, test } from "vitest";
import { freshSeconds } from "../../src/worker/oauth/http-freshness.ts";

const bounds = { least: 300, most: 86_400, unsaid: 3_600 };
const now = 1_800_000_000;
const date = (seconds: number) => new Date((now + seconds) * 1000).toUTCString();

test.each([
  ["nothing", {}, 3600],
  ["a lifetime between the bounds", { "cache-control": "public, max-age=7200" }, 7200],
  ["a lifetime below them", { "cache-control": "max-age=10" }, 300],
  ["a lifetime above them", { "cache-control": "max-age=31536000, immutable" }, 86_400],
  ["no-store", { "cache-control": "no-store" }, 300],
  ["no-cache with a lifetime", { "cache-control": "no-cache, max-age=7200" }, 300],
  ["private", { "cache-control": "private, max-age=7200" }, 300],
  ["one lifetime for shared caches", { "cache-control": "max-age=60, s-maxage=900" }, 900],
  ["an age", { "cache-control": "max-age=7200", age: "6000" }, 1200],
  ["an age beyond its lifetime", { "cache-control": "max-age=7200", age: "9000" }, 300],
  ["Expires beside Date", { expires: date(4000), date: date(-1000) }, 5000],
  ["Expires alone", { expires: date(4000) }, 4000],
  ["Expires in the past", { expires: date(-1) }, 300],
  ["Expires: 0", { expires: "0" }, 300],
  ["a lifetime and Expires", { "cache-control": "max-age=500", expires: date(4000) }, 500],
  ["a quoted lifetime in capitals", { "cache-control": 'Public, Max-Age="600"' }, 600],
  ["a lifetime that is no number", { "cache-control": "max-age=soon" }, 3600],
  ["a negative lifetime", { "cache-control": "max-age=-5" }, 3600],
])("RFC 9111 §4.2 %s", (_, headers, seconds) => {
  expect(freshSeconds(new Headers(headers as Record<string, string>), now, bounds)).toBe(seconds);
});
