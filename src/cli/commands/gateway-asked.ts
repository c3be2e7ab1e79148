// `gateways create` without flags: one question at a time, what discovery found before the client is asked for.
import type { GatewayUpdate, GatewayView } from "../../contract/management/gateways.ts";
import { routes } from "../../contract/management/routes.ts";
import { providerPresets } from "../../contract/providers.ts";
import type { Answer } from "../api.ts";
import type { Call } from "../command.ts";

type Asking = Pick<Call<unknown, unknown>, "ask" | "org">;
type Questions = typeof import("../questions.ts");

/** The profile as it is in the end. Somebody who gives up half-way leaves nothing behind. */
export async function askForGateway(call: Asking): Promise<Answer<GatewayView>> {
  const questions = await import("../questions.ts");
  const { askText, askWhich } = questions;
  const org = await call.org();
  const name = await askText({ message: "Name", example: "support-gateway", check: notEmpty });
  const provider = await askWhich(
    "Provider",
    providerPresets.map((preset) => ({ value: preset.id, label: preset.name })),
  );
  const authorizationServerUrl = await askText({ ...urlQuestion, message: "Authorization server URL" });
  const body = { name, providerType: provider, authorizationServerUrl };
  const { id } = (await call.ask(routes.createGateway, { params: org, body })).view();
  const params = { ...org, gatewayId: id };
  try {
    await showDiscovery(call, params, questions);
    const rest = await askForClient(questions);
    await call.ask(routes.updateGateway, { params, body: rest });
  } catch (error) {
    await call.ask(routes.deleteGateway, { params }).catch(() => null);
    throw error;
  }
  return call.ask(routes.getGateway, { params });
}

const notEmpty = (answer: string) => (answer === "" ? "is needed" : undefined);

const urlQuestion = {
  example: "https://auth.example.com",
  check: (answer: string) => (URL.canParse(answer) ? undefined : "must be a URL, such as https://auth.example.com"),
};

/** Until an issuer is found, or the person goes on without. */
async function showDiscovery(call: Asking, params: { orgId: string; gatewayId: string }, questions: Questions) {
  const { askText, askWhether, say } = questions;
  for (;;) {
    const { pinnedIssuer, authorizationServerUrl } = (await call.ask(routes.getGateway, { params })).view();
    if (pinnedIssuer !== null) return say("success", `Discovery found the issuer ${pinnedIssuer}`);
    say(
      "warn",
      `Discovery found nothing at ${authorizationServerUrl}: the URL is wrong, or cannot be reached from there.`,
    );
    if (!(await askWhether("Try another URL?", true))) return;
    const again = await askText({ ...urlQuestion, message: "URL", initial: authorizationServerUrl ?? "" });
    await call.ask(routes.updateGateway, { params, body: { authorizationServerUrl: again } });
  }
}

async function askForClient({ askText, askSecret }: Questions): Promise<GatewayUpdate> {
  const clientId = await askText({ message: "Client id that is registered at the provider", check: notEmpty });
  const clientSecret = await askSecret("Client secret (empty for a public client)");
  const resource = await askText({ message: "Resource: API audience that its tokens are for (may be empty)" });
  const scopes = await askText({ message: "Scopes", initial: "openid profile email" });
  return {
    clientId,
    scopes: scopes.split(/[\s,]+/).filter(Boolean),
    ...(clientSecret !== "" && { clientSecret }),
    ...(resource !== "" && { resource }),
  };
}
