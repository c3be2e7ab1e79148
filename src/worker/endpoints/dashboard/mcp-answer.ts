// The one JSON-RPC message that answers a request, out of a body in JSON or as server-sent events that may stay open.
import * as z from "zod";

const message = z.looseObject({
  id: z.union([z.string(), z.number()]),
  result: z.unknown(),
  error: z.looseObject({ code: z.number(), message: z.string().optional().catch(undefined) }).optional(),
});

export type Message = z.infer<typeof message>;

/** Characters, and milliseconds. */
const largest = 1024 * 1024;
const patience = 10_000;

/** Null when no such message came in time, or within a mebibyte. Nothing of the body is read after it. */
export async function readMessage(response: Response, id: number): Promise<Message | null> {
  const reader = response.body?.getReader();
  if (!reader) return null;
  const events = /event-stream/i.test(response.headers.get("content-type") ?? "");
  const decoder = new TextDecoder();
  let text = "";
  const timeout = new Promise<{ done: true; value: undefined }>((resolve) => {
    AbortSignal.timeout(patience).addEventListener("abort", () => resolve({ done: true, value: undefined }));
  });
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), timeout]);
      text += decoder.decode(value, { stream: !done });
      const candidates = events ? eventsOf(text, done) : done ? [text] : [];
      const found = candidates.map((candidate) => message.safeParse(jsonOf(candidate)).data);
      const answer = found.find((candidate) => candidate?.id === id);
      if (answer) return answer;
      if (done || text.length > largest) return null;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The data of the events that are whole. */
function eventsOf(text: string, done: boolean): string[] {
  const events = text.split(/\r?\n\r?\n/);
  return (done ? events : events.slice(0, -1)).map((event) =>
    event
      .split(/\r?\n/)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice("data:".length).trim())
      .join("\n"),
  );
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
