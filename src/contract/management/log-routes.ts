// Rows of the management API's table about logs. The attempt's id is what every page and error prints.
import { reference } from "./fields.ts";
import { attemptView, logLine, logsQuery, statsQuery, statsView } from "./logs.ts";
import { pageOf } from "./page.ts";
import { org, orgPath, type Route, read } from "./route.ts";

const gateway = org.extend({ gatewayId: reference });
const gatewayPath = `${orgPath}/gateways/{gatewayId}`;

export const logRoutes = {
  listLogs: {
    ...read,
    path: `${gatewayPath}/logs`,
    summary: "List log lines, newest first, in the order in which they reached the log",
    params: gateway,
    query: logsQuery,
    answer: pageOf(logLine),
  },
  getAttempt: {
    ...read,
    path: `${gatewayPath}/attempts/{attemptId}`,
    summary: "Read one attempt as a timeline, oldest first",
    params: gateway.extend({ attemptId: reference }),
    answer: attemptView,
  },
  getStats: {
    ...read,
    path: `${gatewayPath}/stats`,
    summary: "Count calls, failures and sign-ins per hour, tool, client and reason; the last day unless told",
    params: gateway,
    query: statsQuery,
    answer: statsView,
  },
} satisfies Record<string, Route>;
