// Whether a posted form came from a page of another site, as the browser itself says.

/**
 * `Origin: null` says nothing: it is what a page with `Referrer-Policy: no-referrer`, such as the consent page, posts
 * with (Fetch §3.2.2). `own` is the deployment's origin.
 */
export function isForeignForm(request: Request, own: string): boolean {
  const origin = request.headers.get("origin") ?? "null";
  const site = request.headers.get("sec-fetch-site") ?? "same-origin";
  return (origin !== "null" && origin !== own) || (site !== "same-origin" && site !== "none");
}
