// Who the gateway is to the provider: client and secret tried with a code that cannot exist, which commits to nothing.
import * as oauth from "oauth4webapi";
import type { DiagnosisId } from "../../../contract/diagnoses.ts";
import type { Finding } from "../../../contract/management/check.ts";
import type { TokenAnswer } from "../../oauth/token-response.ts";
import { authenticationMethod } from "../client-authentication.ts";
import type { Parts, Relation } from "../parts.ts";
import { clientOf, redeemCode, serverOf } from "../token-endpoint.ts";
import { diagnoseError, fieldOf } from "./diagnosis.ts";
import { advised, finding, refusal } from "./report.ts";

type Method = ReturnType<typeof authenticationMethod>;

const noCode = "no-code-only-a-check";
const expected = "invalid_grant: the client is accepted, the made-up code is not";

export async function examineClient(parts: Parts, relation: Relation): Promise<Finding[]> {
  const { profile, provider } = relation;
  const method = authenticationMethod(profile, provider);
  try {
    const [newest, former] = profile.clientSecretsSealed;
    const answer = await attempt(parts, relation, method, newest);
    if (accepted(answer)) return [finding("client", "pass", { expected, seen: `${method}: ${seenOf(answer)}` })];
    if (!refused(answer)) return [unclear(answer, method, relation)];
    return [await cause(parts, relation, { method, newest, former, answer })];
  } catch (error) {
    return [refusal("client", error)];
  }
}

interface Refused {
  method: Method;
  newest: string | undefined;
  former: string | undefined;
  answer: TokenAnswer;
}

/** Of a refusal: is it the place of the secret, the newer of two secrets, or the secret itself? */
async function cause(parts: Parts, relation: Relation, { method, newest, former, answer }: Refused): Promise<Finding> {
  const seen = seenOf(answer);
  const other = otherMethod(method);
  if (other && newest !== undefined && accepted(await attempt(parts, relation, other, newest))) {
    return finding("client", "fail", {
      ...advised(relation.preset, "CLIENT_AUTH_METHOD", "provider_client_rejected"),
      ...{ field: "tokenEndpointAuthMethod", expected: other },
      ...{ seen: `${method}: ${seen}; ${other}: accepted`, fix: `Set tokenEndpointAuthMethod to ${other}.` },
    });
  }
  if (former !== undefined && accepted(await attempt(parts, relation, method, former))) {
    return finding("client", "fail", {
      ...{ reason: "provider_client_rejected", field: "clientSecret", expected },
      ...{ seen: `${method}: ${seen}; the secret before this one is accepted` },
      fix: "Set clientSecret again: sign-ins live on the former secret until it is dropped or expires.",
    });
  }
  const diagnosis = newest === undefined ? "CLIENT_IS_CONFIDENTIAL" : meant(answer, relation);
  return finding("client", "fail", {
    ...advised(relation.preset, diagnosis, "provider_client_rejected"),
    ...{ field: fieldOf(diagnosis), expected, seen: `${method}: ${seen}` },
  });
}

/** At this endpoint an unknown client and a wrong secret look alike to most, and the secret is what goes wrong. */
function meant(answer: TokenAnswer, { preset }: Relation): DiagnosisId {
  const known = answer.kind === "error" ? diagnoseError(preset, "token", answer.failure) : null;
  return known === null || known === "CLIENT_UNKNOWN" ? "CLIENT_SECRET_INVALID" : known;
}

function unclear(answer: TokenAnswer, method: Method, { preset }: Relation): Finding {
  const seen = `${method}: ${seenOf(answer)}`;
  if (answer.kind === "fault") {
    return finding("client", "fail", { reason: "provider_unavailable", expected, seen, field: "tokenEndpoint" });
  }
  const diagnosis = answer.kind === "error" ? diagnoseError(preset, "token", answer.failure) : null;
  if (!diagnosis) return finding("client", "warn", { reason: "provider_error", expected, seen });
  return finding("client", "fail", { ...advised(preset, diagnosis), field: fieldOf(diagnosis), expected, seen });
}

/** RFC 6749 §5.2: the client was authenticated before its grant was looked at. */
function accepted(answer: TokenAnswer): boolean {
  return answer.kind === "error" && answer.error === "invalid_grant";
}

/** Some say access_denied or unauthorized_client where they mean the secret. */
function refused(answer: TokenAnswer): boolean {
  const words = ["invalid_client", "access_denied", "unauthorized_client"];
  return answer.kind === "error" && words.includes(answer.error);
}

function seenOf(answer: TokenAnswer): string {
  return answer.kind === "tokens" ? "tokens, for a code that does not exist" : answer.seen;
}

function otherMethod(method: Method): Method | null {
  if (method === "client_secret_basic") return "client_secret_post";
  return method === "private_key_jwt" ? null : "client_secret_basic";
}

function attempt(parts: Parts, relation: Relation, method: Method, sealed: string | undefined): Promise<TokenAnswer> {
  const clientSecretsSealed = sealed === undefined ? [] : [sealed];
  const trial = { ...relation, profile: { ...relation.profile, tokenEndpointAuthMethod: method, clientSecretsSealed } };
  const server = serverOf(trial);
  const parameters = new URLSearchParams({ code: noCode, iss: server.issuer });
  const answer = oauth.validateAuthResponse(server, clientOf(parts, trial), parameters, oauth.skipStateCheck);
  return redeemCode(parts, trial, answer, { codeVerifier: oauth.generateRandomCodeVerifier(), scope: [] });
}
