// Gateways: list, create with a look at discovery, settings, servers, deletion.
import { type GatewayView, gatewayCreate, gatewayUpdate } from "../../../contract/management/gateways.ts";
import { findProviderPreset } from "../../../contract/providers.ts";
import { AdminError } from "../../admin/errors.ts";
import { confirmPage, counted } from "../../ui/dashboard/confirm-page.tsx";
import { emptyForm, type FormState } from "../../ui/dashboard/fields.ts";
import { framed } from "../../ui/dashboard/frame.tsx";
import { gatewayFields, gatewayStart } from "../../ui/dashboard/gateway-fields.ts";
import { type Discovered, otherPreset, presetOrAny } from "../../ui/dashboard/gateway-form.tsx";
import { serversTab, settingsTab } from "../../ui/dashboard/gateway-page.tsx";
import { gatewayCreatePage, gatewaysPage } from "../../ui/dashboard/gateways-pages.tsx";
import { presetPicker } from "../../ui/dashboard/preset-notes.tsx";
import { bodyOf, changesIn, errorsOf, stateOf, typedIn } from "./form-body.ts";
import { type Action, type Call, goTo, type mounting, sentence } from "./mount.ts";
import { pageIn, submit } from "./submit.ts";

export function mountGateways({ page, action }: ReturnType<typeof mounting>): void {
  page("/gateways", async ({ context, actor, orgId, frame, query }) =>
    gatewaysPage(frame, await context.admin.gateways.list(actor, orgId, pageIn(query))),
  );
  page(
    "/gateways/new",
    async ({ frame, query }) => {
      const chosen = findProviderPreset(query.get("provider") ?? "");
      if (!chosen) return presetPicker(frame, "Create gateway", `${frame.base}/gateways/new`, undefined);
      return gatewayCreatePage(frame, forPreset({ ...emptyForm, values: gatewayStart(chosen) }, chosen.id), null);
    },
    "admin",
  );
  action("/gateways/new", create);
  action("/gateways/discovery", async (call) =>
    Response.json(await look(call), { headers: { "cache-control": "no-store" } }),
  );
  page("/gateways/:gateway", async (call) => {
    const gateway = await gatewayOf(call);
    const chosen = findProviderPreset(call.query.get("provider") ?? "")?.id ?? gateway.providerType;
    const justCreated = call.query.get("done") === "gateway_created";
    return settingsTab(call.frame, gateway, forPreset(stateOf(gatewayFields, gateway), chosen), null, justCreated);
  });
  page(
    "/gateways/:gateway/provider",
    async (call) => {
      const { id, name } = await gatewayOf(call);
      const list = `${call.frame.base}/gateways`;
      return presetPicker(call.frame, "Choose another provider", `${list}/${id}`, [
        ["Gateways", list],
        [name, `${list}/${id}`],
      ]);
    },
    "admin",
  );
  action("/gateways/:gateway", update);
  action("/gateways/:gateway/secret", changeSecret);
  page("/gateways/:gateway/servers", async (call) => serversTab(call.frame, await gatewayOf(call)));
  page("/gateways/:gateway/delete", async (call) => deletion(call, null), "admin");
  action("/gateways/:gateway/delete", remove);
}

export function gatewayOf({ context, actor, orgId, param }: Call): Promise<GatewayView> {
  return context.admin.gateways.get(actor, orgId, param("gateway"));
}

async function create(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const again = (state: FormState, discovered: Discovered | null = null) => gatewayCreatePage(frame, state, discovered);
  if (form.get("intent") === "check" || form.get("switch")) return checked(call, again);
  return submit(call, {
    fields: gatewayFields,
    schema: gatewayCreate,
    body: bodyOf(gatewayFields, form),
    again,
    async run(body) {
      const created = await context.admin.gateways.create(actor, orgId, body);
      return goTo(`${frame.base}/gateways/${created.id}`, "gateway_created");
    },
  });
}

async function update(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const gateway = await gatewayOf(call);
  const again = (state: FormState, discovered: Discovered | null = null) =>
    settingsTab(frame, gateway, state, discovered);
  if (form.get("intent") === "check" || form.get("switch")) return checked(call, again);
  return submit(call, {
    fields: gatewayFields,
    schema: gatewayUpdate,
    body: changesIn(bodyOf(gatewayFields, form), gateway),
    again,
    async run(body) {
      const { grantsEnded } = await context.admin.gateways.update(actor, orgId, gateway.id, body);
      const path = `${frame.base}/gateways/${gateway.id}`;
      return grantsEnded > 0 ? goTo(path, "saved_ended", grantsEnded) : goTo(path, "saved");
    },
  });
}

async function changeSecret(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const { id } = await gatewayOf(call);
  const drop = form.get("intent") === "drop";
  await context.admin.gateways.update(
    actor,
    orgId,
    id,
    drop ? { dropPreviousClientSecret: true } : { clientSecret: null },
  );
  return goTo(`${frame.base}/gateways/${id}`, "secret_changed");
}

async function checked(
  call: Action,
  again: (state: FormState, discovered: Discovered | null) => ReturnType<typeof gatewayCreatePage>,
): Promise<Response> {
  const typed = { ...emptyForm, values: typedIn(gatewayFields, call.form) };
  const other = call.form.get("switch");
  if (other) return framed(200, call.frame, again(forPreset(typed, presetOrAny(other).id), null));
  return framed(200, call.frame, again(typed, await look(call)));
}

function forPreset(state: FormState, providerType: string): FormState {
  return { ...state, values: new Map([...state.values, ["providerType", providerType]]) };
}

/** What was found, and whether the address is another provider's than the chosen one. */
async function look(call: Action): Promise<Discovered> {
  const { form } = call;
  const chosen = form.get("providerType") ?? "";
  const other = otherPreset(form.get("authorizationServerUrl") || form.get("metadataUrl"), chosen);
  const found = await discover(call);
  if (!other) return { ...found, other };
  return {
    ok: false,
    other,
    text: `This looks like ${other.name}; the form is for ${presetOrAny(chosen).name}. ${found.text}`,
  };
}

/** What is at the address in the form, without saving anything. A form that is still incomplete is no error here. */
async function discover({ context, actor, orgId, form }: Action): Promise<Omit<Discovered, "other">> {
  const names = ["providerType", "authorizationServerUrl", "metadataUrl", "issuer"];
  const fields = gatewayFields.filter(({ name }) => names.includes(name));
  const parsed = gatewayCreate.safeParse({ ...bodyOf(fields, form), name: "draft" });
  if (!parsed.success) {
    const { errors } = errorsOf(fields, parsed.error);
    return { ok: false, text: told(errors) };
  }
  if (!parsed.data.authorizationServerUrl && !parsed.data.metadataUrl) {
    return { ok: false, text: "Fill in the authorization server URL; discovery starts there." };
  }
  try {
    const found = await context.admin.discovery.look(actor, orgId, parsed.data);
    if (found.ok) return { ok: true, text: `The provider was found. Its issuer is ${found.issuer}` };
    const facts = [found.expected && `Expected ${found.expected}.`, found.seen && `Seen: ${found.seen}.`];
    return { ok: false, text: [found.cause, found.fix, ...facts].filter(Boolean).join(" ") };
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return { ok: false, text: told(errorsOf(fields, error).errors) || sentence(error.message) };
  }
}

function told(errors: ReadonlyMap<string, string>): string {
  const labels = new Map(gatewayFields.map(({ name, label }) => [name, label]));
  return [...errors].map(([name, message]) => `${labels.get(name) ?? name}: ${message}`).join(" ");
}

async function deletion(call: Call, obstacle: string | null) {
  const { context, actor, orgId, frame } = call;
  const gateway = await gatewayOf(call);
  const path = `${frame.base}/gateways/${gateway.id}`;
  const { total } = await context.admin.grants.list(actor, orgId, gateway.id, { page: 1, pageSize: 1 });
  const slugs = gateway.servers.map((server) => server.slug).join(", ");
  const attached = slugs ? `It is attached to ${slugs}. Detach it there first.` : null;
  return confirmPage(frame, {
    title: `Delete ${gateway.name}?`,
    section: "gateways",
    crumbs: [
      ["Gateways", `${frame.base}/gateways`],
      [gateway.name, path],
    ],
    consequences: [
      `It touches ${counted(gateway.servers.length, "server")} and ${counted(total, "grant")}.`,
      "Its settings, client secret and grants are gone; its users stay in the list.",
    ],
    submit: "Delete gateway",
    action: `${path}/delete`,
    back: path,
    obstacle: obstacle ?? attached,
  });
}

async function remove(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, param } = call;
  try {
    await context.admin.gateways.remove(actor, orgId, param("gateway"));
  } catch (error) {
    if (!(error instanceof AdminError) || error.code === "not_found") throw error;
    return framed(409, frame, await deletion(call, sentence(error.message)));
  }
  return goTo(`${frame.base}/gateways`, "deleted");
}
