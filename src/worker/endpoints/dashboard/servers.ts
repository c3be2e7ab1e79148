// MCP servers: list, create (with a gateway of its own if wanted), settings, attachment, deletion.
import { gatewayCreate } from "../../../contract/management/gateways.ts";
import { type ServerView, serverCreate, serverUpdate } from "../../../contract/management/servers.ts";
import { AdminError } from "../../admin/errors.ts";
import { confirmPage, counted } from "../../ui/dashboard/confirm-page.tsx";
import type { Field, FormState } from "../../ui/dashboard/fields.ts";
import { framed } from "../../ui/dashboard/frame.tsx";
import {
  gatewayChoice,
  inlineGatewayFields,
  serverFields,
  serverUpdateFields,
  staticHeadersField,
} from "../../ui/dashboard/server-fields.ts";
import { serverPage } from "../../ui/dashboard/server-page.tsx";
import { serverCreatePage, serversPage } from "../../ui/dashboard/servers-pages.tsx";
import { bodyOf, changesIn, errorsOf, stateOf, typedIn } from "./form-body.ts";
import { type Action, type Call, goTo, type mounting } from "./mount.ts";
import { everything, pageIn, submit } from "./submit.ts";

const inlineFields: readonly Field[] = [
  { name: "gateway.providerType", label: "Provider", kind: "choice" },
  ...inlineGatewayFields,
];

export function mountServers({ page, action }: ReturnType<typeof mounting>): void {
  page("/servers", async (call) => {
    const { context, actor, orgId, frame, query } = call;
    const list = await context.admin.servers.list(actor, orgId, pageIn(query));
    return serversPage(frame, list, new Map((await gatewaysOf(call)).map(({ id, name }) => [id, name])));
  });
  page(
    "/servers/new",
    async (call) => {
      const values = new Map([
        ["authentication", "gateway"],
        ["gatewayId", call.query.get("gateway") ?? ""],
      ]);
      return serverCreatePage(call.frame, { values, errors: new Map(), problem: null }, await gatewaysOf(call));
    },
    "admin",
  );
  action("/servers/new", create);
  page("/servers/:server", async (call) => {
    const server = await serverOf(call);
    return shown(call, server, stateOf(serverUpdateFields, server));
  });
  action("/servers/:server", update);
  action("/servers/:server/gateway", attach);
  page("/servers/:server/delete", deletion, "admin");
  action("/servers/:server/delete", async ({ context, actor, orgId, frame, param }) => {
    await context.admin.servers.remove(actor, orgId, param("server"));
    return goTo(`${frame.base}/servers`, "deleted");
  });
}

function serverOf({ context, actor, orgId, param }: Call): Promise<ServerView> {
  return context.admin.servers.get(actor, orgId, param("server"));
}

async function gatewaysOf({ context, actor, orgId }: Call) {
  return (await context.admin.gateways.list(actor, orgId, everything)).items;
}

async function shown(call: Call, server: ServerView, state: FormState) {
  return serverPage({ frame: call.frame, server, state, gateways: await gatewaysOf(call) });
}

/** The gateway first: a server that is then refused leaves it chosen in the form, so that nothing is made twice. */
async function create(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const all = [...serverFields, ...inlineFields, gatewayChoice([])];
  const inline = bodyOf(inlineFields, form).gateway;
  const wanted = (form.get("gateway.name") ?? "").trim() !== "";
  const again = async (state: FormState) => serverCreatePage(frame, state, await gatewaysOf(call));
  const gateway = wanted ? gatewayCreate.safeParse(inline) : null;
  if (gateway && !gateway.success) {
    const wrong = errorsOf(inlineFields, gateway.error, "gateway.");
    return framed(422, frame, await again({ values: typedIn(all, form), ...wrong }));
  }
  return submit(call, {
    fields: all,
    schema: serverCreate,
    body: bodyOf(serverFields, form),
    async run(body) {
      const chosen = gateway ? await createGateway(call, gateway.data) : form.get("gatewayId") || null;
      const server = await context.admin.servers.create(actor, orgId, body);
      const path = `${frame.base}/servers/${server.id}`;
      if (chosen === null) return goTo(path, "created");
      await context.admin.servers.attach(actor, orgId, server.id, chosen);
      return goTo(path, "attached");
    },
    again,
  });
}

async function createGateway(call: Action, body: Parameters<Call["context"]["admin"]["gateways"]["create"]>[2]) {
  try {
    const { id } = await call.context.admin.gateways.create(call.actor, call.orgId, body);
    for (const { name } of inlineFields) call.form.delete(name);
    call.form.set("gatewayId", id);
    return id;
  } catch (error) {
    if (!(error instanceof AdminError) || error.field === undefined) throw error;
    throw new AdminError(error.code, error.message, `gateway.${error.field}`);
  }
}

async function update(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const server = await serverOf(call);
  const fields =
    server.authentication === "static_headers" ? [...serverUpdateFields, staticHeadersField] : serverUpdateFields;
  return submit(call, {
    fields,
    schema: serverUpdate,
    body: changesIn(bodyOf(fields, form), server),
    again: (state) => shown(call, server, state),
    async run(body) {
      await context.admin.servers.update(actor, orgId, server.id, body);
      return goTo(`${frame.base}/servers/${server.id}`, "saved");
    },
  });
}

async function grantsAt({ context, actor, orgId }: Call, { id, gatewayId }: ServerView): Promise<number> {
  if (gatewayId === null) return 0;
  const selection = { page: 1, pageSize: 1, server: id };
  return (await context.admin.grants.list(actor, orgId, gatewayId, selection)).total;
}

/** Another gateway, or none, ends the server's grants: that is asked about first. */
async function attach(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const server = await serverOf(call);
  const path = `${frame.base}/servers/${server.id}`;
  const chosen = form.get("gatewayId") || null;
  if (chosen === server.gatewayId) return goTo(path);
  const asks = server.gatewayId !== null && form.get("confirmed") !== "yes";
  if (asks) return framed(200, frame, await change(call, server, chosen));
  if (chosen === null) {
    await context.admin.servers.detach(actor, orgId, server.id);
    return goTo(path, "detached");
  }
  return submit(call, {
    fields: [gatewayChoice([])],
    schema: serverUpdate,
    body: {},
    again: (state) => shown(call, server, { ...stateOf(serverUpdateFields, server), ...state }),
    async run() {
      await context.admin.servers.attach(actor, orgId, server.id, chosen);
      return goTo(path, "attached");
    },
  });
}

async function change(call: Call, server: ServerView, chosen: string | null) {
  const path = `${call.frame.base}/servers/${server.id}`;
  return confirmPage(call.frame, {
    title: chosen === null ? `Detach the gateway of ${server.name}?` : `Change the gateway of ${server.name}?`,
    section: "servers",
    crumbs: [
      ["Servers", `${call.frame.base}/servers`],
      [server.name, path],
    ],
    consequences: [
      `It touches 1 server and ${counted(await grantsAt(call, server), "grant")}, which end at once.`,
      chosen === null
        ? "Nobody can sign in until a gateway is attached again."
        : "Everybody signs in again, at the other provider.",
    ],
    submit: chosen === null ? "Detach" : "Change the gateway",
    action: `${path}/gateway`,
    hidden: { gatewayId: chosen ?? "", confirmed: "yes" },
    back: path,
  });
}

async function deletion(call: Call) {
  const server = await serverOf(call);
  const path = `${call.frame.base}/servers/${server.id}`;
  return confirmPage(call.frame, {
    title: `Delete ${server.name}?`,
    section: "servers",
    crumbs: [
      ["Servers", `${call.frame.base}/servers`],
      [server.name, path],
    ],
    consequences: [
      `It touches 1 server and ${counted(await grantsAt(call, server), "grant")}, which end at once.`,
      `Its MCP URL ${server.mcpUrl} stops answering.`,
    ],
    submit: "Delete server",
    action: `${path}/delete`,
    back: path,
  });
}
