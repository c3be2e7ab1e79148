// Hands the doctor what it needs of the rest: secrets, an assertion of nobody, tokens to open, and the gateway's own door.
import { createDoctor, type Doctor } from "./downstream/doctor/index.ts";
import { Secret } from "./oauth/secret.ts";
import { callbackUrl, now, ownHosts, type Parts } from "./parts.ts";
import { serverOf } from "./resolve-server.ts";

/** @param visitInside answers a request as the deployed Worker would */
export function buildDoctor(
  { settings, sealer, context }: Parts,
  visitInside: (request: Request) => Promise<Response>,
): Doctor {
  return createDoctor({
    now,
    allowPrivateNetwork: settings.allowPrivateNetwork,
    ownHosts: ownHosts(settings),
    openSecret: async (gatewayId, sealed) => new Secret(await sealer.open("client-secret", gatewayId, sealed)),
    callbackUrl: (gatewayId) => callbackUrl(settings, gatewayId),
    openOwnToken: (token) => context.accessTokens.open(token),
    visitInside,
    async assertionOfNobody(slug) {
      const snapshot = await context.snapshots.bySlug(slug);
      if (!snapshot) return null;
      const nobody = { userId: "usr_check", clientId: "mcpstack-check", clientName: "Gateway check", workspace: null };
      const place = {
        audience: serverOf(snapshot, settings).resource,
        organizationId: snapshot.organizationId,
        serverId: snapshot.id,
        gatewayId: snapshot.gateway?.id ?? "",
      };
      const about = { ...nobody, ...place, scope: "", channel: "oauth", grantId: null } as const;
      return context.assertions.sign(snapshot.signingKey, about, now());
    },
  });
}
