// Cookies of the main origin: read by exact name, set for the whole host and for nobody's script.

export interface CookieRules {
  /** `__Host-` and `Secure` need https; plain names serve a deployment on localhost (P-57). */
  secure: boolean;
}

export function readCookie(request: Request, name: string, rules: CookieRules): string | null {
  const wanted = fullName(name, rules);
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, ...value] = pair.trim().split("=");
    if (key === wanted) return value.join("=") || null;
  }
  return null;
}

/** A Set-Cookie value; `seconds` 0 removes it. `Lax` is sent with a navigation that another site began, `Strict` is not. */
export function cookie(
  name: string,
  value: string,
  seconds: number,
  rules: CookieRules,
  sameSite: "Lax" | "Strict" = "Lax",
): string {
  const secure = rules.secure ? "; Secure" : "";
  return `${fullName(name, rules)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=${sameSite}${secure}`;
}

function fullName(name: string, rules: CookieRules): string {
  return `${rules.secure ? "__Host-" : ""}mcpstack_${name}`;
}
