// After a change of the master key: what is sealed under the former one is sealed again, so that it can be taken away.
import type { SealedRow, UpkeepStore } from "../store/promises/upkeep.ts";
import type { Sealer, SealPurpose } from "../tokens/port.ts";

const perRun = 50;

const purposes: Record<SealedRow["kind"], SealPurpose> = {
  gateway: "client-secret",
  server: "static-headers",
  "signing-key": "signing-key",
};

/** Costs nothing while no former key is set. Grants seal their tokens again at each refresh. */
export async function resealSecrets(parts: {
  upkeep: Pick<UpkeepStore, "sealedUnder" | "reseal">;
  sealer: Pick<Sealer, "open" | "seal" | "formerMarks">;
}): Promise<number> {
  let resealed = 0;
  for (const mark of await parts.sealer.formerMarks()) {
    for (const row of await parts.upkeep.sealedUnder(mark, perRun)) {
      const purpose = purposes[row.kind];
      const again = row.sealed.map(async (sealed) => {
        if (!sealed.startsWith(mark)) return sealed;
        return parts.sealer.seal(purpose, row.id, await parts.sealer.open(purpose, row.id, sealed));
      });
      await parts.upkeep.reseal(row, await Promise.all(again));
      resealed += 1;
    }
  }
  return resealed;
}
