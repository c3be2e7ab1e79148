// The organization itself, its API tokens, its users and its audit trail.
import { organizationUpdate } from "../../../contract/management/organizations.ts";
import { tokenCreate } from "../../../contract/management/tokens.ts";
import { AdminError } from "../../admin/errors.ts";
import { confirmPage, counted } from "../../ui/dashboard/confirm-page.tsx";
import { emptyForm, type FormState } from "../../ui/dashboard/fields.ts";
import { framed } from "../../ui/dashboard/frame.tsx";
import { auditPage, usersPage } from "../../ui/dashboard/people-pages.tsx";
import {
  organizationFields,
  organizationPage,
  tokenFields,
  tokenShownPage,
  tokensPage,
} from "../../ui/dashboard/tokens-page.tsx";
import { bodyOf, changesIn, stateOf } from "./form-body.ts";
import { type Action, type Call, goTo, type mounting, sentence } from "./mount.ts";
import { everything, pageIn, submit } from "./submit.ts";

export function mountOrganization({ page, action }: ReturnType<typeof mounting>): void {
  page("", async ({ frame }) => goTo(`${frame.base}/gateways`));
  page("/users", async ({ context, actor, orgId, frame, query }) =>
    usersPage(frame, await context.admin.people.users(actor, orgId, pageIn(query))),
  );
  page("/audit", async ({ context, actor, orgId, frame, query }) =>
    auditPage(frame, await context.admin.people.audit(actor, orgId, pageIn(query))),
  );
  page("/tokens", (call) => tokens(call, emptyForm));
  action("/tokens", createToken);
  page("/tokens/:token/revoke", confirmTokenRevocation, "admin");
  action("/tokens/:token/revoke", async ({ context, actor, orgId, frame, param }) => {
    await context.admin.tokens.revoke(actor, orgId, param("token"));
    return goTo(`${frame.base}/tokens`, "token_revoked");
  });
  page("/organization", async (call) => shown(call, null));
  action("/organization", update);
  page("/organization/delete", (call) => deletion(call, null), "deployment");
  action("/organization/delete", remove);
}

async function tokens({ context, actor, orgId, frame, query }: Call, state: FormState) {
  return tokensPage(frame, await context.admin.tokens.list(actor, orgId, pageIn(query)), state);
}

async function createToken(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  return submit(call, {
    fields: tokenFields,
    schema: tokenCreate,
    body: bodyOf(tokenFields, form),
    again: (state) => tokens(call, state),
    run: async (body) =>
      framed(201, frame, tokenShownPage(frame, await context.admin.tokens.create(actor, orgId, body))),
  });
}

async function confirmTokenRevocation({ context, actor, orgId, frame, param }: Call) {
  const { items } = await context.admin.tokens.list(actor, orgId, everything);
  const token = items.find(({ id }) => id === param("token"));
  if (!token)
    throw new AdminError("not_found", "there is no such API token here; it may be on a later page of the list");
  return confirmPage(frame, {
    title: `Revoke ${token.name}?`,
    section: "tokens",
    crumbs: [["API tokens", `${frame.base}/tokens`]],
    consequences: [
      "Whoever uses it is refused at once, dashboard sessions included.",
      "It touches no grant and no server. It cannot be undone.",
    ],
    submit: "Revoke token",
    action: `${frame.base}/tokens/${token.id}/revoke`,
    back: `${frame.base}/tokens`,
  });
}

async function shown({ context, actor, orgId, frame, presence }: Call, state: FormState | null) {
  const organization = await context.admin.organizations.get(actor, orgId);
  return organizationPage(frame, organization, state ?? stateOf(organizationFields, organization), presence.deployment);
}

async function update(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  return submit(call, {
    fields: organizationFields,
    schema: organizationUpdate,
    body: changesIn(bodyOf(organizationFields, form), await context.admin.organizations.get(actor, orgId)),
    again: (state) => shown(call, state),
    async run(body) {
      await context.admin.organizations.update(actor, orgId, body);
      return goTo(`${frame.base}/organization`, "saved");
    },
  });
}

async function deletion(call: Call, obstacle: string | null) {
  const { context, actor, orgId, frame } = call;
  const [servers, gateways, agents] = await Promise.all([
    context.admin.servers.list(actor, orgId, { page: 1, pageSize: 1 }),
    context.admin.gateways.list(actor, orgId, everything),
    context.admin.agents.list(actor, orgId, { page: 1, pageSize: 1 }),
  ]);
  const counts = await Promise.all(
    gateways.items.map(({ id }) => context.admin.grants.list(actor, orgId, id, { page: 1, pageSize: 1 })),
  );
  const grants = counts.reduce((sum, { total }) => sum + total, 0);
  const owned = [
    counted(servers.total, "server"),
    counted(gateways.total, "gateway"),
    counted(agents.total, "agent"),
    counted(grants, "grant"),
  ];
  return confirmPage(frame, {
    title: `Delete ${frame.organization}?`,
    section: "organization",
    crumbs: [["Organization", `${frame.base}/organization`]],
    consequences: [`It touches ${owned.join(", ")}; all of them are gone.`, "It cannot be undone."],
    submit: "Delete organization",
    action: `${frame.base}/organization/delete`,
    back: `${frame.base}/organization`,
    obstacle,
  });
}

async function remove(call: Action): Promise<Response> {
  try {
    await call.context.admin.organizations.remove(call.actor, call.orgId);
  } catch (error) {
    if (!(error instanceof AdminError) || error.code !== "revocation_pending") throw error;
    return framed(409, call.frame, await deletion(call, sentence(error.message)));
  }
  return goTo("/dashboard/organizations");
}
