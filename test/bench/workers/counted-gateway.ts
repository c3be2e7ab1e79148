// The gateway with every round trip to storage written down; `/bench/counted` tells, `/bench/cold` forgets the isolate.
import gateway, * as objects from "../../../src/worker/index.ts";
import type { Bindings } from "../../../src/worker/settings.ts";
import { countStorage, type Ledger } from "../../door/counting-bindings.ts";
import { takeRows, watchRows } from "./written-rows.ts";

export class GrantObject extends objects.GrantObject {
  constructor(state: DurableObjectState, bindings: Bindings) {
    watchRows(state);
    super(state, bindings);
  }
}

export class LogObject extends objects.LogObject {
  constructor(state: DurableObjectState, bindings: Bindings) {
    watchRows(state);
    super(state, bindings);
  }
}

export class ReplayObject extends objects.ReplayObject {
  constructor(state: DurableObjectState, bindings: Bindings) {
    watchRows(state);
    super(state, bindings);
  }
}

let ledger: Ledger | null = null;
let requests = 0;

export default {
  async fetch(request, env, execution): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/bench/cold") ledger = null;
    // Other bindings are another isolate to the gateway: nothing is remembered.
    ledger ??= countStorage({ ...env });
    if (pathname === "/bench/counted") {
      const answered = requests;
      requests = 0;
      const storage = { trips: ledger.taken(), deliveries: ledger.logged(), objectRows: takeRows() };
      return Response.json({ ...storage, requests: answered });
    }
    if (pathname === "/bench/snapshot") return Response.json((await env.COPIES.get("server:people"))?.length ?? 0);
    if (pathname.startsWith("/bench/")) return new Response();
    requests += 1;
    return gateway.fetch(request, ledger.bindings, execution);
  },
} satisfies ExportedHandler<Bindings>;
