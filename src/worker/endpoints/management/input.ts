// Reads what a caller sent: one bearer token, a bounded JSON body, parameters once each; the schema says what is wrong.
import type * as z from "zod";
import { AdminError } from "../../admin/errors.ts";

const maxBody = 256 * 1024;

/** The bearer token, or null when the header is absent or of another kind. */
export function bearerToken(request: Request): string | null {
  const match = /^Bearer +([\x21-\x7E]{1,512})$/i.exec(request.headers.get("Authorization") ?? "");
  return match?.[1] ?? null;
}

/** @throws AdminError unsupported_media_type, request_too_large or malformed_json */
export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new AdminError("unsupported_media_type", "send the body as JSON with Content-Type: application/json");
  }
  const text = await readText(request);
  try {
    return JSON.parse(text);
  } catch {
    throw new AdminError("malformed_json", "the body is not valid JSON");
  }
}

async function readText(request: Request): Promise<string> {
  const tooLarge = new AdminError("request_too_large", "the body is larger than 256 KB");
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBody) throw tooLarge;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let text = "";
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > maxBody) throw tooLarge;
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error === tooLarge) throw error;
    throw new AdminError("malformed_json", "the body is not UTF-8 text that could be read to its end");
  }
}

/** @throws AdminError invalid_field when a parameter is there twice */
export function readQuery(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(query, name)) throw new AdminError("invalid_field", "is there more than once", name);
    Object.defineProperty(query, name, { value, enumerable: true });
  }
  return query;
}

/** @throws AdminError unknown_field or invalid_field, for the first thing that is wrong */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw problem(parsed.error, schema);
}

function problem(error: z.ZodError, schema: z.ZodType): AdminError {
  const { issues } = error;
  // A misspelled field also leaves its right spelling missing; the misspelling is what helps.
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown) {
    const field = [...unknown.path, unknown.keys[0]].join(".");
    const known = unknown.path.length === 0 ? knownFields(schema) : [];
    const fix = known.length > 0 ? `; the fields here are ${known.join(", ")}` : "; remove it or correct its spelling";
    return new AdminError("unknown_field", `there is no field ${JSON.stringify(field)}${fix}`, field);
  }
  const [first] = issues;
  const field = first?.path.join(".") || "body";
  const missing = first?.code === "invalid_type" && first.message.endsWith("received undefined");
  return new AdminError("invalid_field", missing ? "is required" : (first?.message ?? "is not valid"), field);
}

function knownFields(schema: z.ZodType): string[] {
  return "shape" in schema && typeof schema.shape === "object" && schema.shape ? Object.keys(schema.shape) : [];
}
