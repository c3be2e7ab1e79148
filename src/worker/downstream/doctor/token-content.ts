// A pasted token by its look: the header, the claims that are no secret, and the names of all the others.
import type { Finding } from "../../../contract/management/check.ts";
import { shapeOf } from "../../oauth/app-token-shape.ts";
import { type Claims, claimAt } from "../../oauth/claim-path.ts";
import { finding } from "./report.ts";

/** What decides about a token, and names nobody. */
const shownHeader = ["alg", "kid", "typ"];
const shown = ["iss", "aud", "azp", "client_id", "cid", "appid", "scope", "scp", "token_use", "typ", "ver", "tid"];
const times = ["iat", "nbf", "exp"];

export function tokenContent(token: string): Finding {
  const shape = shapeOf(token);
  if (shape.kind === "encrypted") {
    return finding("token.content", "skip", { seen: "encrypted: five parts, readable for its audience only" });
  }
  if (shape.kind === "opaque") {
    return finding("token.content", "skip", {
      seen: `opaque: ${token.length} characters that only its issuer can read`,
    });
  }
  const { header, claims } = shape;
  const told = [
    `header ${listed(header, shownHeader)}`,
    ...[...shown, ...times].flatMap((name) => toldOf(claims, name)),
    `others: ${othersOf(claims) || "none"}`,
  ];
  return finding("token.content", "pass", { seen: told.join("; ") });
}

function listed(header: Claims, names: readonly string[]): string {
  return names.flatMap((name) => toldOf(header, name)).join(", ");
}

function toldOf(claims: Claims, name: string): string[] {
  const value = claimAt(claims, [name]);
  if (typeof value === "number" && times.includes(name)) return [`${name} ${isoOf(value)}`];
  if (typeof value === "string" || typeof value === "number") return [`${name} ${String(value).slice(0, 120)}`];
  if (!Array.isArray(value)) return value === undefined ? [] : [`${name} of another type`];
  const texts = value.filter((entry) => typeof entry === "string").slice(0, 20);
  return [`${name} ${texts.join(" ").slice(0, 200)}`];
}

function othersOf(claims: Claims): string {
  const named = new Set([...shown, ...times]);
  const others = Object.keys(claims).filter((name) => !named.has(name));
  return others
    .slice(0, 40)
    .map((name) => name.slice(0, 80))
    .join(", ");
}

function isoOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString();
}
