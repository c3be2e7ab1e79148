// Between a form and the REST body: texts become values, values become texts, and errors find their field.
import type * as z from "zod";
import { AdminError } from "../../admin/errors.ts";
import type { Field, FormState } from "../../ui/dashboard/fields.ts";
import { sentence } from "./mount.ts";

/** A body for the schemas; what was left empty is null, or absent where empty means unchanged. */
export function bodyOf(fields: readonly Field[], form: URLSearchParams): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    const value = readField(field, form);
    if (value !== undefined) put(body, field.name.split("."), value);
  }
  return body;
}

/** The members of a body that differ from what is stored, so that a change names only what it changes. */
export function changesIn(body: Record<string, unknown>, stored: Record<string, unknown>): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const before = stored[name];
    if (isObject(value) && isObject(before)) {
      const inner = changesIn(value, before);
      if (Object.keys(inner).length > 0) changes[name] = inner;
    } else if (JSON.stringify(value) !== JSON.stringify(before)) changes[name] = value;
  }
  return changes;
}

/** The texts of a form that shows what is stored. */
export function stateOf(fields: readonly Field[], stored: Record<string, unknown>): FormState {
  const values = new Map(fields.map((field) => [field.name, textOf(field, at(stored, field.name.split(".")))]));
  return { values, errors: new Map(), problem: null };
}

/** What was typed, without secrets. */
export function typedIn(fields: readonly Field[], form: URLSearchParams): Map<string, string> {
  const shown = fields.filter((field) => field.kind !== "secret" && field.kind !== "headers");
  return new Map(shown.map((field) => [field.name, form.get(field.name) ?? ""]));
}

/** `prefix` is where the schema's object lies in the form, such as `gateway.`. */
export function errorsOf(
  fields: readonly Field[],
  error: z.ZodError | AdminError,
  prefix = "",
): Pick<FormState, "errors" | "problem"> {
  const errors = new Map<string, string>();
  const lost: string[] = [];
  for (const { path, message } of issuesOf(error)) {
    const full = prefix + path.join(".");
    const field = fields.find(({ name }) => full === name || full.startsWith(`${name}.`));
    if (!field) lost.push(sentence(path.length > 0 ? `${full} ${message}` : message));
    else if (!errors.has(field.name)) errors.set(field.name, sentence(lineBefore(field, full) + message));
  }
  return { errors, problem: lost.length > 0 ? lost.join(" ") : null };
}

function issuesOf(error: z.ZodError | AdminError): { path: string[]; message: string }[] {
  if (error instanceof AdminError) {
    return [{ path: error.field === undefined ? [] : error.field.split("."), message: error.message }];
  }
  return error.issues.map(({ path, message, code }) => {
    const missing = code === "invalid_type" && /received (?:undefined|null)$/.test(message);
    return { path: path.map(String), message: missing ? "is required" : message };
  });
}

/** Which line or word of a list is meant. */
function lineBefore(field: Field, full: string): string {
  const index = /^\.(\d+)/.exec(full.slice(field.name.length))?.[1];
  if (index === undefined) return "";
  return `${field.kind === "list" ? "scope" : "line"} ${Number(index) + 1} `;
}

function readField(field: Field, form: URLSearchParams): unknown {
  const text = (form.get(field.name) ?? "").trim();
  switch (field.kind) {
    case "switch":
      return form.get(field.name) === "true";
    case "secret":
      return text === "" ? undefined : text;
    case "number":
      return text === "" ? undefined : Number(text);
    case "list":
      return text.split(/\s+/).filter((word) => word !== "");
    case "lines":
      return linesOf(text);
    case "pairs":
      return linesOf(text).map((line) => {
        const [issuer = "", jwksUri = ""] = line.split(/\s+/);
        return { issuer, jwksUri };
      });
    case "issuers":
      return linesOf(text).map(issuerIn);
    case "tools":
      return linesOf(text).map(toolIn);
    case "members":
      return linesOf(text).map((line) => {
        const [whom = "", role = "viewer"] = line.split(/\s+/);
        return whom.indexOf("@") > 0 ? { email: whom, role } : { domain: whom.replace(/^@/, ""), role };
      });
    case "headers":
      return text === "" ? undefined : Object.fromEntries(linesOf(text).map(headerIn));
    default:
      return text === "" && !field.required ? null : text;
  }
}

/** A tool's name may hold colons; scopes may too, but never blanks. */
function toolIn(line: string): { name: string; scopes: string[] } {
  const cut = line.search(/:(?:\s|$)/);
  const [name, scopes] = cut < 0 ? [line, ""] : [line.slice(0, cut), line.slice(cut + 1)];
  return { name: name.trim(), scopes: scopes.split(/\s+/).filter((scope) => scope !== "") };
}

/** Behind the issuer a word with a scheme is where its keys are; any other is a tenant. */
function issuerIn(line: string): { issuer: string; jwksUri?: string; tenants?: string[] } {
  const [issuer = "", ...more] = line.split(/\s+/);
  const jwksUri = more.find((word) => word.includes("://"));
  const tenants = more.filter((word) => word !== jwksUri);
  return { issuer, ...(jwksUri && { jwksUri }), ...(tenants.length > 0 && { tenants }) };
}

function headerIn(line: string): [string, string] {
  const cut = line.indexOf(":");
  return cut < 0 ? [line, ""] : [line.slice(0, cut).trim(), line.slice(cut + 1).trim()];
}

function textOf(field: Field, value: unknown): string {
  if (field.kind === "secret" || field.kind === "headers" || value === null || value === undefined) return "";
  if (!Array.isArray(value)) return String(value);
  if (field.kind === "list") return value.join(" ");
  return value.map(lineOf).join("\n");
}

function lineOf(value: unknown): string {
  if (!isObject(value)) return String(value);
  const { name, scopes, issuer, jwksUri, tenants, email, domain, role } = value;
  if (Array.isArray(scopes)) return `${name}: ${scopes.join(" ")}`;
  if (issuer !== undefined) return [issuer, jwksUri, tenants].flat().filter(Boolean).join(" ");
  return `${email ?? domain} ${role}`;
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function put(body: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    body[name] = value;
    return;
  }
  const inner = body[name];
  const object = isObject(inner) ? inner : {};
  put(object, rest, value);
  body[name] = object;
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
