// One fetch of a client's metadata document: only a small JSON document with status 200 counts (P-39).
import type { ReasonCode } from "../../contract/events.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { freshSeconds } from "../oauth/http-freshness.ts";
import { type GuardedFetch, mediaType, place, TooLarge } from "./http.ts";

/** Nothing came that could be judged: an earlier copy may serve. A document that is judged and refused is none of this. */
export class NoDocument extends DownstreamError {
  constructor(reason: ReasonCode, seen?: string, expected?: string) {
    const detail = { ...(expected && { expected }), ...(seen && { seen }) };
    super(reason, { field: "client_id", ...detail, retryAfter: 60 }, reason !== "client_document_invalid");
  }
}

/** Seconds: a document changes seldom, and a person who changes one does not want to wait until tomorrow. */
const bounds = { least: 300, most: 86_400, unsaid: 3_600 };

/**
 * The text, and for how many seconds its headers let a copy be used.
 * @throws NoDocument client_document_unavailable (transient), or client_document_invalid for what is too large or no JSON
 */
export async function fetchClientDocument(
  guardedFetch: GuardedFetch,
  url: string,
  now: number,
): Promise<{ text: string; freshFor: number }> {
  const response = await answerOf(guardedFetch, url);
  if (response.status !== 200) {
    throw new NoDocument("client_document_unavailable", `${place(url)}: status ${response.status}`, "status 200");
  }
  const type = mediaType(response);
  // Text that anybody may put on a host (a paste, an attachment) is served as text, so that is not enough.
  if (!/^application\/(?:[\w.-]+\+)?json$/.test(type)) {
    throw new NoDocument("client_document_invalid", `${place(url)}: ${type}`, "application/json");
  }
  return { text: await response.text(), freshFor: freshSeconds(response.headers, now, bounds) };
}

async function answerOf(guardedFetch: GuardedFetch, url: string): Promise<Response> {
  try {
    return await guardedFetch(url);
  } catch (error) {
    if (!(error instanceof DownstreamError)) throw error;
    const { seen, expected } = error.detail;
    if (error instanceof TooLarge) throw new NoDocument("client_document_invalid", seen, "at most 5 KB");
    throw new NoDocument("client_document_unavailable", seen, expected);
  }
}
