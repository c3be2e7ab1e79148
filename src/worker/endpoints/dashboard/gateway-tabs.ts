// A gateway's further tabs: Connect, grants with revocation, logs and one attempt as a timeline.

import type { RevocationQuery } from "../../../contract/management/grants.ts";
import { type LogsQuery, logsQuery } from "../../../contract/management/logs.ts";
import { AdminError } from "../../admin/errors.ts";
import { attemptTimeline } from "../../ui/dashboard/attempt-page.tsx";
import { confirmPage, counted } from "../../ui/dashboard/confirm-page.tsx";
import { connectTab } from "../../ui/dashboard/connect-tab.tsx";
import { gatewayTabPage } from "../../ui/dashboard/gateway-page.tsx";
import { grantsTab } from "../../ui/dashboard/grants-tab.tsx";
import { logFilters, logsTab } from "../../ui/dashboard/logs-tab.tsx";
import { errorsOf } from "./form-body.ts";
import { gatewayOf } from "./gateways.ts";
import { type Action, type Call, goTo, type mounting } from "./mount.ts";
import { everything, pageIn } from "./submit.ts";

export function mountGatewayTabs({ page, action }: ReturnType<typeof mounting>): void {
  page("/gateways/:gateway/connect", connect);
  page("/gateways/:gateway/grants", grants);
  page("/gateways/:gateway/revoke", confirmRevocation, "admin");
  action("/gateways/:gateway/revoke", revoke);
  page("/gateways/:gateway/logs", logs);
  page("/gateways/:gateway/attempts/:attempt", async (call) => {
    const { context, actor, orgId, frame, param } = call;
    const gateway = await gatewayOf(call);
    const attempt = await context.admin.logs.attempt(actor, orgId, gateway.id, param("attempt"));
    return gatewayTabPage(frame, gateway, "/logs", attemptTimeline(attempt));
  });
}

async function connect(call: Call) {
  const { context, actor, orgId, frame } = call;
  const gateway = await gatewayOf(call);
  const servers = await Promise.all(gateway.servers.map(({ id }) => context.admin.servers.get(actor, orgId, id)));
  const asked = servers.flatMap((server) => [...server.scopes, ...server.tools.flatMap((tool) => tool.scopes)]);
  const scopes = [...new Set([...gateway.scopes, ...asked])];
  const { origin } = context.settings;
  return gatewayTabPage(frame, gateway, "/connect", connectTab({ frame, origin, gateway, scopes, servers }));
}

const grantFilters = ["user", "client", "server"] as const;

async function grants(call: Call) {
  const { context, actor, orgId, frame, query } = call;
  const gateway = await gatewayOf(call);
  const filter = pick(query, grantFilters);
  const list = await context.admin.grants.list(actor, orgId, gateway.id, { ...pageIn(query), ...filter });
  const servers = new Map(gateway.servers.map(({ id, name }) => [id, name]));
  const path = `${frame.base}/gateways/${gateway.id}`;
  const tab = grantsTab({ frame, path, list, servers, query: new URLSearchParams(filter).toString() });
  return gatewayTabPage(frame, gateway, "/grants", tab);
}

type Selected = { grant: string } | RevocationQuery;

/** Exactly one kind of selection. @throws AdminError */
function selectedIn(source: URLSearchParams): Selected {
  const [grant, user, client, all] = ["grant", "user", "client", "all"].map((name) => source.get(name));
  if (grant) return { grant };
  if (user) return { user };
  if (client) return { client };
  if (all === "true") return { all };
  throw new AdminError("not_found", "nothing was chosen to be revoked; choose it in the list of grants");
}

async function confirmRevocation(call: Call) {
  const { context, actor, orgId, frame, query } = call;
  const gateway = await gatewayOf(call);
  const selected = selectedIn(query);
  const path = `${frame.base}/gateways/${gateway.id}`;
  const filter = "user" in selected || "client" in selected ? pick(query, ["user", "client"] as const) : {};
  const { total, items } = await context.admin.grants.list(actor, orgId, gateway.id, {
    ...filter,
    page: 1,
    pageSize: 200,
  });
  const count = "grant" in selected ? 1 : total;
  const touched = new Set(
    ("grant" in selected ? items.filter(({ id }) => id === selected.grant) : items).map(({ serverId }) => serverId),
  );
  return confirmPage(frame, {
    title: "grant" in selected ? "Revoke this grant?" : `Revoke ${counted(count, "grant")}?`,
    section: "gateways",
    crumbs: [
      [gateway.name, path],
      ["Grants and users", `${path}/grants`],
    ],
    consequences: [
      `It touches ${counted(count, "grant")} at ${counted(touched.size, "server")}.`,
      "Their tokens are refused everywhere within a minute, and the provider is told.",
      "The people concerned can sign in again; nothing is blocked.",
    ],
    submit: "Revoke",
    action: `${path}/revoke`,
    hidden: Object.fromEntries(Object.entries(selected).map(([name, value]) => [name, String(value)])),
    back: `${path}/grants`,
  });
}

async function revoke(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const gateway = await gatewayOf(call);
  const selected = selectedIn(form);
  const path = `${frame.base}/gateways/${gateway.id}/grants`;
  if ("grant" in selected) {
    await context.admin.grants.revokeOne(actor, orgId, gateway.id, selected.grant);
    return goTo(path, "revoked", 1);
  }
  const { revoked, pending } = await context.admin.grants.revoke(actor, orgId, gateway.id, selected);
  return goTo(path, "revoked", revoked + pending);
}

async function logs(call: Call) {
  const { context, actor, orgId, frame, query } = call;
  const gateway = await gatewayOf(call);
  const path = `${frame.base}/gateways/${gateway.id}`;
  const typed = pick(
    query,
    logFilters.map(({ name }) => name),
  );
  const parsed = logsQuery.safeParse({ ...pageIn(query), ...typed });
  const asked: LogsQuery = parsed.success ? parsed.data : everything;
  const [list, stats] = await Promise.all([
    context.admin.logs.list(actor, orgId, gateway.id, asked),
    context.admin.logs.stats(actor, orgId, gateway.id, { server: asked.server }),
  ]);
  const wrong = parsed.success ? { errors: new Map(), problem: null } : errorsOf(logFilters, parsed.error);
  const filters = { values: new Map(Object.entries(typed)), ...wrong };
  const tab = logsTab({ path, list, filters, query: new URLSearchParams(typed).toString(), stats });
  return gatewayTabPage(frame, gateway, "/logs", tab);
}

/** The named parameters that are there and not empty. */
function pick(query: URLSearchParams, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""]).filter(([, value]) => value !== ""));
}
