// What is wrong at the provider, where its own words told: the id that every page and log line names, and its cause.
import { diagnoses, isDiagnosis } from "../../../contract/diagnoses.ts";

/** A line may be older or newer than the vocabulary; then the id stands alone. */
export function Diagnosed({ id }: { id: string }) {
  return (
    <>
      {isDiagnosis(id) ? `At the provider: ${diagnoses[id].cause} ` : "At the provider: "}
      <code>{id}</code>
    </>
  );
}
