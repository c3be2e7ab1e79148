// Field shapes that several nouns of the management API share: names, references, URLs, scopes, origins, times.
import * as z from "zod";

/** What a person reads in lists. */
export const displayName = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(100, "must be 100 characters at most")
  .regex(/^\P{Cc}*$/u, "must not contain control characters");

/** An id; for a server its slug, and for a gateway its exact name or its handle (`gw_` and the name), mean the same. */
export const reference = z.string().min(1).max(200);

/** Which hosts are acceptable is the deployment's rule and is checked when the value is saved. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an absolute URL, such as https://auth.example.com" })
  .max(2048);

/** RFC 6749 §3.3: a scope token. */
export const scopeToken = z
  .string()
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, "must be one scope per item, without spaces, quotes or backslashes");

export const scopes = z
  .array(scopeToken)
  .max(100)
  .overwrite((list) => [...new Set(list)]);

/** A browser origin exactly as browsers send it in `Origin`; or `*` for all of them, which never includes `null`. */
export const webOrigin = z
  .string()
  .max(255)
  .regex(
    /^(?:\*|(?!http:.*:80$|https:.*:443$)https?:\/\/(?:\[[0-9a-f:.]+\]|(?:[a-z0-9-]+\.)*[a-z0-9-]+)(?::[1-9]\d{0,4})?)$/,
    "must be an origin such as https://app.example.com: lower case, no path, no trailing slash, no default port; " +
      'or "*" alone, for every web page',
  );

/** A stored value that leaves no room for line breaks or other control characters. */
export const plainText = z
  .string()
  .min(1, "must not be empty")
  .max(500)
  .regex(/^\P{Cc}*$/u, "must not contain control characters");

/** ISO 8601 in UTC. */
export const time = z.iso.datetime();

/** Marks a route that takes no body, or answers none. */
export const nothing = z.void();

export const noQuery = z.strictObject({});
