// Client credentials of a token or revocation request: header or body, or the id in both (O21 §2.4, P-68).
import { assertionType, type ClientAssertion, readClientAssertion } from "./client-assertion.ts";
import { WireError } from "./errors.ts";
import { type Parameters, printable } from "./params.ts";
import { Secret } from "./secret.ts";

export interface ClientCredentials {
  clientId: string;
  secret: Secret | null;
  /** Read, and not yet proven. */
  assertion: ClientAssertion | null;
  /** The Authorization header was used: a refusal must then carry a challenge. */
  usedHeader: boolean;
}

/**
 * A secret is accepted by either method, whichever was registered: clients mix them up. The id may be in the body and
 * the header at once if both agree; two secrets, or an assertion beside one, are refused (RFC 6749 §2.3, RFC 7521 §4.2.1).
 * @throws WireError invalid_client without an id, invalid_request for contradicting ones
 */
export function readClientCredentials(authorization: string | null, parameters: Parameters): ClientCredentials {
  const basic = authorization === null ? null : readBasic(authorization);
  const inBody = parameters.get("client_id") ?? null;
  const bodySecret = parameters.get("client_secret") ?? null;
  const assertion = readAssertion(parameters);
  if (assertion) return asserted(assertion, { inBody, another: basic !== null || bodySecret !== null });
  if (basic && inBody !== null && inBody !== basic.clientId) {
    throw new WireError(400, "invalid_request", "malformed_request", { field: "client_id", seen: "two different ids" });
  }
  if (basic?.secret && bodySecret !== null) {
    throw new WireError(400, "invalid_request", "malformed_request", { field: "client_secret", seen: "sent twice" });
  }
  const clientId = basic?.clientId ?? inBody;
  if (!clientId) throw new WireError(401, "invalid_client", "client_unknown", { field: "client_id", seen: "absent" });
  const secret = basic?.secret || bodySecret;
  return { clientId, secret: secret ? new Secret(secret) : null, assertion, usedHeader: basic !== null };
}

/** RFC 7521 §4.2: both parameters or none. */
function readAssertion(parameters: Parameters): ClientAssertion | null {
  const token = parameters.get("client_assertion");
  const type = parameters.get("client_assertion_type");
  if (token === undefined && type === undefined) return null;
  if (token === undefined || type !== assertionType) {
    const detail =
      token === undefined
        ? { field: "client_assertion", seen: "absent" }
        : { field: "client_assertion_type", expected: assertionType, seen: printable(type ?? "absent") };
    throw new WireError(400, "invalid_request", "malformed_request", detail);
  }
  return readClientAssertion(token);
}

/** RFC 7521 §4.2: `client_id` is not needed beside an assertion, and names the same client where it is sent. */
function asserted(
  assertion: ClientAssertion,
  { inBody, another }: { inBody: string | null; another: boolean },
): ClientCredentials {
  if (another) {
    const detail = { field: "client_assertion", seen: "beside a second credential" };
    throw new WireError(400, "invalid_request", "malformed_request", detail);
  }
  const { clientId } = assertion;
  if (inBody !== null && inBody !== clientId) {
    const detail = { field: "client_assertion sub", expected: printable(inBody, 300), seen: printable(clientId, 300) };
    throw new WireError(401, "invalid_client", "client_assertion_invalid", detail);
  }
  return { clientId, secret: null, assertion, usedHeader: false };
}

function readBasic(authorization: string): { clientId: string; secret: string } {
  const [, encoded = ""] = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization) ?? [];
  const decoded = decodeBase64(encoded);
  const colon = decoded?.indexOf(":") ?? -1;
  if (!decoded || colon < 1) {
    const detail = { field: "authorization", headers: { "www-authenticate": 'Basic realm="token"' } };
    throw new WireError(401, "invalid_client", "client_authentication_failed", detail);
  }
  return { clientId: formDecode(decoded.slice(0, colon)), secret: formDecode(decoded.slice(colon + 1)) };
}

function decodeBase64(encoded: string): string | null {
  try {
    return encoded ? atob(encoded) : null;
  } catch {
    return null;
  }
}

/**
 * RFC 6749 §2.3.1 wants form encoding inside Basic; many clients leave it out. A `+` with no escape beside it stands for
 * itself: secrets in base64 are full of them, and secrets with spaces are rare.
 */
function formDecode(value: string): string {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return value;
  }
}
