// Puts the rooms together; those of the operators are built when somebody first enters one.
import { handle, type Rooms } from "./app.ts";
import { onDemand } from "./oauth/on-demand.ts";
import type { Parts } from "./parts.ts";
import type { Bindings } from "./settings.ts";

export function buildRooms(bindings: Bindings, parts: Parts): Rooms {
  const operators = onDemand(async () => {
    const { buildOperators } = await import("./management.ts");
    const enter = (request: Request, background: (work: Promise<unknown>) => void) =>
      handle(request, rooms, background);
    return buildOperators(bindings, parts, await parts.seldom(), enter);
  });
  const rooms: Rooms = {
    context: parts.context,
    management: async (request, visit) => (await operators()).management(request, visit),
    dashboard: async (request, visit) => (await operators()).dashboard(request, visit),
    people: async () => (await operators()).people,
    databaseProblem: () => databaseProblem(bindings.DB),
  };
  return rooms;
}

async function databaseProblem(database: D1Database): Promise<string | null> {
  try {
    await database.prepare("SELECT slug, revision FROM servers LIMIT 1").all();
    return null;
  } catch (error) {
    const missing = /no such (?:table|column)/.test(String(error));
    return missing ? "lacks tables or columns; run `wrangler d1 migrations apply DB --remote`" : "does not answer";
  }
}
