// `gateways create` without flags: the fields of the chosen preset, one question at a time, and what discovery found.
import { type GatewayUpdate, type GatewayView, gatewayUpdate } from "../../contract/management/gateways.ts";
import { routes } from "../../contract/management/routes.ts";
import { findProviderPreset, type PresetField, providerPresets } from "../../contract/providers.ts";
import type { Answer } from "../api.ts";
import type { Call } from "../command.ts";

type Asking = Pick<Call<unknown, unknown>, "ask" | "org">;
type Questions = typeof import("../questions.ts");

/** The profile as it is in the end. Somebody who gives up half-way leaves nothing behind. */
export async function askForGateway(call: Asking): Promise<Answer<GatewayView>> {
  const questions = await import("../questions.ts");
  const { askText, askWhich, say } = questions;
  const org = await call.org();
  const name = await askText({ message: "Name", example: "support-gateway", check: notEmpty });
  const providerType = await askWhich(
    "Provider",
    providerPresets.map((preset) => ({ value: preset.id, label: preset.name })),
  );
  const { fields = [], limits = [] } = findProviderPreset(providerType) ?? {};
  for (const limit of limits) say("info", limit);
  // The address comes first, because discovery tells at once whether it is right.
  const place = fields.find((field) => field.name === "authorizationServerUrl");
  const answered = place ? await answer(place, questions) : {};
  const body = { ...answered, name, providerType };
  const { id } = (await call.ask(routes.createGateway, { params: org, body })).view();
  const params = { ...org, gatewayId: id };
  try {
    if (place && answered.authorizationServerUrl) await showDiscovery(call, params, place, questions);
    let rest: GatewayUpdate = {};
    for (const field of fields) if (field !== place) rest = { ...rest, ...(await answer(field, questions)) };
    if (Object.keys(rest).length > 0) await call.ask(routes.updateGateway, { params, body: rest });
  } catch (error) {
    await call.ask(routes.deleteGateway, { params }).catch(() => null);
    throw error;
  }
  return call.ask(routes.getGateway, { params });
}

const notEmpty = (answer: string) => (answer === "" ? "is needed" : undefined);

function urlCheck(field: PresetField) {
  return (answer: string) => {
    if (answer === "" && field.needed !== "always") return undefined;
    return URL.canParse(answer) ? undefined : `must be a URL, such as ${field.example}`;
  };
}

/** Until an issuer is found, or the person goes on without. */
async function showDiscovery(
  call: Asking,
  params: { orgId: string; gatewayId: string },
  place: PresetField,
  questions: Questions,
) {
  const { askText, askWhether, say } = questions;
  for (;;) {
    const { pinnedIssuer, authorizationServerUrl, warnings } = (await call.ask(routes.getGateway, { params })).view();
    for (const { message } of warnings) say("warn", message);
    if (pinnedIssuer !== null) return say("success", `Discovery found the issuer ${pinnedIssuer}`);
    say(
      "warn",
      `Discovery found nothing at ${authorizationServerUrl}: the URL is wrong, or cannot be reached from there.`,
    );
    if (!(await askWhether("Try another URL?", true))) return;
    const again = await askText({
      ...{ message: "URL", example: place.example, initial: authorizationServerUrl ?? "" },
      check: (typed) => (URL.canParse(typed) ? undefined : `must be a URL, such as ${place.example}`),
    });
    await call.ask(routes.updateGateway, { params, body: { authorizationServerUrl: again } });
  }
}

const lists: readonly string[] = ["scopes", "allowedTenants", "acceptedClientIds"];
const signInScopes = ["openid", "profile", "email"];

/** The field as the body has it; nothing where nothing was typed. */
async function answer(field: PresetField, { askText, askSecret }: Questions): Promise<GatewayUpdate> {
  const { name, label, example, where, needed } = field;
  const empty = { always: "", embedded: " (for embedded apps; may be empty)", optional: " (may be empty)" }[needed];
  const message = `${label}${empty}\n${where}`;
  if (name === "clientSecret") {
    const secret = await askSecret(message);
    return secret === "" ? {} : { clientSecret: secret };
  }
  const known = example.split(" ").filter((word) => signInScopes.includes(word));
  const typed = await askText({
    message,
    example,
    ...(name === "scopes" && known.length > 0 && { initial: known.join(" ") }),
    ...(name === "authorizationServerUrl" && { check: urlCheck(field) }),
    ...(name === "tokenIssuers" && { check: pairCheck }),
    ...(name === "clientId" && needed === "always" && { check: notEmpty }),
  });
  if (typed === "") return {};
  return gatewayUpdate.parse({ [name]: asField(name, typed) });
}

function asField(name: PresetField["name"], typed: string): unknown {
  if (lists.includes(name)) return typed.split(/[\s,]+/).filter(Boolean);
  if (name !== "tokenIssuers") return typed;
  const [issuer, jwksUri] = pairIn(typed);
  return [{ issuer, jwksUri }];
}

/** As examples write it: an issuer `and` where its keys are. */
function pairIn(typed: string): string[] {
  return typed.split(/[\s,]+/).filter((word) => word !== "" && word !== "and");
}

function pairCheck(typed: string): string | undefined {
  const pair = pairIn(typed);
  const fits = pair.length === 2 && pair.every((part) => URL.canParse(part));
  return typed === "" || fits ? undefined : "must be an issuer, a blank and its JWKS URI";
}
