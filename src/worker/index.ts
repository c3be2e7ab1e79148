// The Worker's entry: fetch, the schedule, and the Durable Object classes.

import { handle, type Rooms } from "./app.ts";
import { unhealthy } from "./health.ts";
import { buildParts, grantObjectParts, logObjectParts, type Parts, replayObjectParts } from "./parts.ts";
import { buildRooms } from "./rooms.ts";
import { type Bindings, parseSettings, type SettingProblem } from "./settings.ts";
import { GrantObjectBase } from "./store/grant-object/index.ts";
import { LogObjectBase } from "./store/log-object/index.ts";
import { ReplayObjectBase } from "./store/replay-object/index.ts";

type Built = { ok: true; parts: Parts; rooms: Rooms } | { ok: false; problems: SettingProblem[] };

const builtByEnvironment = new WeakMap<Bindings, Built>();

function build(bindings: Bindings): Built {
  const known = builtByEnvironment.get(bindings);
  if (known) return known;
  const parsed = parseSettings(bindings);
  const built: Built = parsed.ok ? buildFrom(bindings, buildParts(bindings, parsed.settings)) : parsed;
  builtByEnvironment.set(bindings, built);
  return built;
}

function buildFrom(bindings: Bindings, parts: Parts): Built {
  return { ok: true, parts, rooms: buildRooms(bindings, parts) };
}

export default {
  async fetch(request, bindings, execution): Promise<Response> {
    const built = build(bindings);
    if (!built.ok) return unhealthy(built.problems, request);
    return handle(request, built.rooms, (work) => execution.waitUntil(work));
  },

  async scheduled(_event, bindings): Promise<void> {
    const built = build(bindings);
    if (!built.ok) {
      console.error(JSON.stringify({ event: "failure", reason: "misconfigured", problems: built.problems }));
      return;
    }
    const { runSchedule } = await import("./schedule.ts");
    await runSchedule(built.parts);
  },
} satisfies ExportedHandler<Bindings>;

/** One authorization; see store/grant-object. */
export class GrantObject extends GrantObjectBase<Bindings> {
  constructor(state: DurableObjectState, bindings: Bindings) {
    const built = build(bindings);
    if (!built.ok) throw new Error(`misconfigured: ${built.problems.map(({ name }) => name).join(", ")}`);
    super(state, bindings, grantObjectParts(built.parts));
  }
}

/** One gateway's log; see store/log-object. It needs no setting, so that a deployment that lacks one can still be read. */
export class LogObject extends LogObjectBase<Bindings> {
  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, bindings, logObjectParts(bindings));
  }
}

/** Which statements were used; see store/replay-object. Like the log it needs no setting. */
export class ReplayObject extends ReplayObjectBase<Bindings> {
  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, bindings, replayObjectParts());
  }
}
