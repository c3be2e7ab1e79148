// What the schedule does each minute: repair copies, finish revocations, rotate keys, clear what is over.
import { runUpkeep } from "./admin/upkeep.ts";
import { now, type Parts } from "./parts.ts";
import { gatewayStore } from "./store/d1/gateways.ts";
import { grantIndex } from "./store/d1/grant-index.ts";
import { signingKeyStore } from "./store/d1/signing-keys.ts";
import { upkeepStore } from "./store/d1/upkeep.ts";
import { newSigningKey } from "./tokens/signing-keys.ts";

export async function runSchedule({ sealer, publisher, context, seldom }: Parts): Promise<void> {
  const { db } = await seldom();
  const report = await runUpkeep({
    upkeep: upkeepStore(db),
    sealer,
    keys: signingKeyStore(db),
    grantIndex: grantIndex(db),
    gateways: gatewayStore(db),
    grants: context.grants,
    write: publisher.write,
    newSigningKey: () => newSigningKey(sealer),
    now,
  });
  if (Object.values(report).some(Boolean)) console.log(JSON.stringify({ event: "upkeep", ...report }));
}
