// What an operator can do, once, for the management API and the dashboard.
import { agentOperations } from "./agents.ts";
import { checkOperations } from "./check.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { discoveryOperations } from "./discovery.ts";
import { gatewayOperations } from "./gateways.ts";
import { grantOperations } from "./grants.ts";
import { logOperations } from "./logs.ts";
import { organizationOperations } from "./organizations.ts";
import { peopleOperations } from "./people.ts";
import { serverOperations } from "./servers.ts";
import { tokenOperations } from "./tokens.ts";

export function createAdmin(dependencies: AdminDependencies) {
  return {
    organizations: organizationOperations(dependencies),
    tokens: tokenOperations(dependencies),
    gateways: gatewayOperations(dependencies),
    discovery: discoveryOperations(dependencies),
    servers: serverOperations(dependencies),
    agents: agentOperations(dependencies),
    checks: checkOperations(dependencies),
    grants: grantOperations(dependencies),
    logs: logOperations(dependencies),
    people: peopleOperations(dependencies),
  };
}

export type Admin = ReturnType<typeof createAdmin>;
