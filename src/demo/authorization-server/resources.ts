// What the demo provider issues access tokens for: the ticket API, and two ways for an app to ask for the wrong thing.
import { type Configuration, errors } from "oidc-provider";

type Features = NonNullable<Configuration["features"]>;
type Formats = NonNullable<Configuration["formats"]>;

export const apiScopes = ["tickets.read", "tickets.write"] as const;

export interface Resources {
  /** The API that the runtime calls for people. */
  api: string;
  /** A neighbour of that API: tokens for it are genuine, and of no use anywhere else. */
  anotherApi: string;
  /** The same API, but its tokens ended an hour ago when they are issued. */
  expired: string;
}

export function resourcesOf(api: string): Resources {
  return { api, anotherApi: new URL("/another-api", api).href, expired: `${api}/expired` };
}

const hour = 3600;

/** RFC 8707: a token is for one of the three, named when it is asked for. */
export function resourceIndicators(resources: Resources, accessTokenTTL: number): Features["resourceIndicators"] {
  return {
    enabled: true,
    useGrantedResource: () => true,
    getResourceServerInfo: (_context, resource) => {
      if (!Object.values(resources).includes(resource)) throw new errors.InvalidTarget();
      return {
        scope: apiScopes.join(" "),
        audience: resource === resources.expired ? resources.api : resource,
        accessTokenFormat: "jwt",
        accessTokenTTL,
        jwt: { sign: { alg: "RS256" } },
      };
    },
  };
}

/** Moves the life of a token for `expired` an hour back; it is signed after that. */
export function formats(resources: Resources): Formats {
  return {
    customizers: {
      jwt: (_context, token, { payload }) => {
        if (!("resourceServer" in token) || token.resourceServer?.identifier() !== resources.expired) return;
        const ended = Math.floor(Date.now() / 1000) - hour;
        Object.assign(payload, { iat: ended - hour, exp: ended });
      },
    },
  };
}
