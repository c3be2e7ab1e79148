// The management API as a table: handlers are mounted and openapi.json is written from these rows.
import { agentRoutes } from "./agent-routes.ts";
import { auditView } from "./audit.ts";
import { checkRequest, checkView } from "./check.ts";
import { reference } from "./fields.ts";
import { gatewayCreate, gatewayUpdate, gatewayUpdated, gatewayView } from "./gateways.ts";
import { grantsQuery, grantView, revocationQuery, revocationResult } from "./grants.ts";
import { logRoutes } from "./log-routes.ts";
import { organizationCreate, organizationUpdate, organizationView } from "./organizations.ts";
import { pageOf } from "./page.ts";
import { create, list, none, org, orgPath, type Route, read, remove, update } from "./route.ts";
import { gatewayAttachment, serverCreate, serverUpdate, serverView } from "./servers.ts";
import { tokenCreate, tokenCreated, tokenView } from "./tokens.ts";
import { userView } from "./users.ts";

export type { Access, Route } from "./route.ts";

const token = org.extend({ tokenId: reference });
const gateway = org.extend({ gatewayId: reference });
const grant = gateway.extend({ grantId: reference });
const server = org.extend({ serverId: reference });

const gatewayPath = `${orgPath}/gateways/{gatewayId}`;
const serverPath = `${orgPath}/mcp-servers/{serverId}`;

export const routes = {
  createOrganization: {
    ...create,
    path: "/organizations",
    summary: "Create an organization",
    access: "deployment",
    params: none,
    body: organizationCreate,
    answer: organizationView,
  },
  listOrganizations: {
    ...list,
    path: "/organizations",
    summary: "List the organizations that the token reaches",
    params: none,
    answer: pageOf(organizationView),
  },
  getOrganization: {
    ...read,
    path: orgPath,
    summary: "Read an organization",
    params: org,
    answer: organizationView,
  },
  updateOrganization: {
    ...update,
    path: orgPath,
    summary: "Change fields of an organization",
    params: org,
    body: organizationUpdate,
    answer: organizationView,
  },
  deleteOrganization: {
    ...remove,
    path: orgPath,
    summary: "Delete an organization with everything it owns; its grants are revoked",
    access: "deployment",
    params: org,
  },

  createToken: {
    ...create,
    path: `${orgPath}/tokens`,
    summary: "Create an API token; its text is in this answer only",
    params: org,
    body: tokenCreate,
    answer: tokenCreated,
  },
  listTokens: {
    ...list,
    path: `${orgPath}/tokens`,
    summary: "List API tokens",
    params: org,
    answer: pageOf(tokenView),
  },
  revokeToken: { ...remove, path: `${orgPath}/tokens/{tokenId}`, summary: "Revoke an API token", params: token },

  createGateway: {
    ...create,
    path: `${orgPath}/gateways`,
    summary: "Create a gateway profile",
    params: org,
    body: gatewayCreate,
    answer: gatewayView,
  },
  listGateways: {
    ...list,
    path: `${orgPath}/gateways`,
    summary: "List gateway profiles",
    params: org,
    answer: pageOf(gatewayView),
  },
  getGateway: { ...read, path: gatewayPath, summary: "Read a gateway profile", params: gateway, answer: gatewayView },
  updateGateway: {
    ...update,
    path: gatewayPath,
    summary: "Change fields of a gateway profile; another issuer or subject ends its grants",
    params: gateway,
    body: gatewayUpdate,
    answer: gatewayUpdated,
  },
  deleteGateway: {
    ...remove,
    path: gatewayPath,
    summary: "Delete a gateway profile; refused while servers are attached",
    params: gateway,
  },

  listGrants: {
    ...list,
    path: `${gatewayPath}/grants`,
    summary: "List grants, newest first",
    params: gateway,
    query: grantsQuery,
    answer: pageOf(grantView),
  },
  revokeGrant: {
    ...remove,
    path: `${gatewayPath}/grants/{grantId}`,
    summary: "Revoke one grant",
    params: grant,
  },
  revokeGrants: {
    ...remove,
    path: `${gatewayPath}/grants`,
    summary: "Revoke the grants of a user, of a client, or all",
    params: gateway,
    query: revocationQuery,
    status: 200,
    answer: revocationResult,
  },

  checkGateway: {
    ...create,
    path: `${gatewayPath}/check`,
    summary: "Look at a profile, its provider and its servers as they are now, and explain a pasted token",
    params: gateway,
    body: checkRequest,
    status: 200,
    answer: checkView,
  },
  ...logRoutes,

  createServer: {
    ...create,
    path: `${orgPath}/mcp-servers`,
    summary: "Create an MCP server",
    params: org,
    body: serverCreate,
    answer: serverView,
  },
  listServers: {
    ...list,
    path: `${orgPath}/mcp-servers`,
    summary: "List MCP servers",
    params: org,
    answer: pageOf(serverView),
  },
  getServer: { ...read, path: serverPath, summary: "Read an MCP server", params: server, answer: serverView },
  updateServer: {
    ...update,
    path: serverPath,
    summary: "Change fields of an MCP server",
    params: server,
    body: serverUpdate,
    answer: serverView,
  },
  deleteServer: {
    ...remove,
    path: serverPath,
    summary: "Delete an MCP server; its grants are revoked",
    params: server,
  },
  attachGateway: {
    ...update,
    method: "put",
    path: `${serverPath}/gateway`,
    summary: "Attach a gateway profile; another one than before revokes the server's grants",
    params: server,
    body: gatewayAttachment,
    answer: serverView,
  },
  detachGateway: {
    ...remove,
    path: `${serverPath}/gateway`,
    summary: "Detach the gateway profile and revoke the server's grants",
    params: server,
  },

  ...agentRoutes,

  listUsers: {
    ...list,
    path: `${orgPath}/users`,
    summary: "List app users, last seen first",
    params: org,
    answer: pageOf(userView),
  },
  listAudit: {
    ...list,
    path: `${orgPath}/audit`,
    summary: "List changes, newest first",
    params: org,
    answer: pageOf(auditView),
  },
} satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
