// Who is calling the runtime: the gateway's signed assertion, or nobody.
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import * as z from "zod";

export const assertionHeader = "x-mcpstack-assertion";

const claims = z.looseObject({ sub: z.string(), client_id: z.string().optional(), scope: z.string().optional() });

/** What the runtime trusts about a request. `userToken` is the person's own credential for the API behind. */
export interface Caller {
  userId: string;
  clientId: string;
  scopes: string[];
  userToken: string;
}

export interface CallerRules {
  /** The gateway's public origin: issuer of assertions, and where its keys are. */
  gatewayOrigin: string;
  /** The MCP URL that clients use; an assertion for another server is refused. */
  mcpUrl: string;
}

/** Returns the caller, or the reason why there is none. Keys come from the gateway and are cached. */
export function callerCheck(rules: CallerRules): (request: Request) => Promise<Caller | { refusal: string }> {
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", rules.gatewayOrigin));
  return async (request) => {
    const assertion = request.headers.get(assertionHeader);
    if (!assertion) return { refusal: "requests must come through the gateway: the assertion is missing" };
    const userToken = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (!userToken) return { refusal: "the person's own credential is missing" };
    try {
      const { payload } = await jwtVerify(assertion, keys, {
        algorithms: ["ES256"],
        typ: "mcpstack-assertion+jwt",
        issuer: rules.gatewayOrigin,
        audience: rules.mcpUrl,
        requiredClaims: ["exp", "sub"],
      });
      const { sub, client_id: clientId = "unknown", scope = "" } = claims.parse(payload);
      return { userId: sub, clientId, scopes: scope.split(" ").filter(Boolean), userToken };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
        return { refusal: `the assertion was not accepted: ${error.message}` };
      }
      throw error;
    }
  };
}
