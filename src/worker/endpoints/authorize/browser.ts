// What ties an attempt to one browser: its own cookie, the departure's cookie, and the consents it remembers.
import { type CookieRules, cookie, readCookie } from "../../oauth/cookie.ts";
import type { Sealer } from "../../tokens/port.ts";

export { type CookieRules, cookie, readCookie };

/** Seconds a consent is remembered in the browser that gave it. */
export const consentRemembered = 30 * 86_400;
const mostConsents = 16;

/**
 * One cookie per attempt, so that two sign-ins under way in one browser do not disturb each other. Named after the end of
 * the handle, which is random; what object ids begin with is the platform's choice.
 */
export function departureCookie(handle: string): string {
  return `departure_${handle.slice(-12)}`;
}

/** The browser's own random name; a new one where none (or a malformed one) came. */
export function browserOf(request: Request, rules: CookieRules): string | null {
  const value = readCookie(request, "browser", rules);
  return value && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null;
}

/** Binds the consent form to the browser that saw the page (P-59, CVE-2026-27124). */
export function formToken(sealer: Sealer, browser: string, ticket: string): Promise<string> {
  return sealer.mac("consent-form", `${browser}\n${ticket}`);
}

interface Remembered {
  digest: string;
  until: number;
}

/** The consents that this very browser gave; anything forged, foreign or expired is none. */
export async function rememberedConsents(
  request: Request,
  sealer: Sealer,
  rules: CookieRules,
  now: number,
): Promise<Remembered[]> {
  const browser = browserOf(request, rules);
  const [list, mac] = (readCookie(request, "consents", rules) ?? "").split("*");
  if (!browser || !list || !mac || !(await sealer.verifyMac("consent-cookie", `${browser}\n${list}`, mac))) return [];
  return list
    .split("~")
    .map((entry) => {
      const [digest = "", until = "0"] = entry.split(".");
      return { digest, until: Number(until) };
    })
    .filter(({ until }) => until > now);
}

/** The cookie that adds one consent; the oldest fall out. */
export async function rememberConsent(
  before: readonly Remembered[],
  digest: string,
  browser: string,
  sealer: Sealer,
  rules: CookieRules,
  now: number,
): Promise<string> {
  const others = before.filter((entry) => entry.digest !== digest).slice(0, mostConsents - 1);
  const entries = [{ digest, until: now + consentRemembered }, ...others];
  const list = entries.map((entry) => `${entry.digest}.${entry.until}`).join("~");
  const mac = await sealer.mac("consent-cookie", `${browser}\n${list}`);
  return cookie("consents", `${list}*${mac}`, consentRemembered, rules);
}
