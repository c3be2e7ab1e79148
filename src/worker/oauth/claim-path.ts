// Finding a claim by its path, where names may hold dots and slashes and some members are named by the data.
import type { ClaimPath } from "../../contract/providers.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** Whatever stands at the end of the path; undefined when the path leads nowhere. */
export function claimAt(claims: Claims, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const name of path) value = member(value, name);
  return value;
}

/** The text at the end of the path; numbers become text, anything else or nothing is null. */
export function claimText(claims: Claims, path: ClaimPath): string | null {
  const value = claimAt(claims, path);
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

/** The first path that leads to a text. */
export function firstClaim(claims: Claims, paths: readonly ClaimPath[]): string | null {
  for (const path of paths) {
    const text = claimText(claims, path);
    if (text !== null) return text;
  }
  return null;
}

/**
 * The paths that a profile's override field can mean: a JSON array of names to the letter, otherwise the whole text
 * as one name (a namespaced claim is full of dots) and then the text split at its dots.
 */
export function overridePaths(field: string): ClaimPath[] {
  const text = field.trim();
  if (text.startsWith("[")) {
    const names = parseNames(text);
    if (names) return [names];
  }
  return text.includes(".") ? [[text], text.split(".")] : [[text]];
}

function parseNames(text: string): string[] | null {
  try {
    const names: unknown = JSON.parse(text);
    const usable = Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === "string");
    return usable ? names : null;
  } catch {
    return null;
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (name === "*" || name === "*key") {
    const entries = Object.entries(value);
    const [only] = entries;
    // Of several organizations none is *the* workspace.
    if (!only || entries.length !== 1) return undefined;
    if (name === "*") return only[1];
    return Array.isArray(value) ? undefined : only[0];
  }
  // Own and enumerable: what the JSON says, and never a list's length.
  return Object.prototype.propertyIsEnumerable.call(value, name) ? Reflect.get(value, name) : undefined;
}
