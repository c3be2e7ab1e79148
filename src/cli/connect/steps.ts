// A test authorization as a list of steps: each says what was seen, the failed one what was expected and what to do.
import { Failure } from "../failure.ts";

export interface Step {
  step: string;
  status: "ok" | "failed";
  seen: string;
  expected?: string;
  reason?: string;
  field?: string;
  fix?: string;
  attempt?: string;
}

/** What a step found; `value` goes to the next one. */
export interface Found<T> {
  seen: string;
  value: T;
}

/** A step that failed. `reason` is a code of the gateway where it gave one. */
export class StepFailure extends Failure {
  override readonly name = "StepFailure";
}

export class Steps {
  readonly done: Step[] = [];
  readonly #tell: (step: Step) => void;

  constructor(tell: (step: Step) => void) {
    this.#tell = tell;
  }

  /** @throws Failure that names the step */
  async take<T>(step: string, work: () => Promise<Found<T>>): Promise<T> {
    try {
      const { seen, value } = await work();
      this.#note({ step, status: "ok", seen });
      return value;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { expected, seen, code, field, fix, attempt } = error.detail;
      this.#note({
        ...{ step, status: "failed", seen: seen ?? error.message },
        ...(expected !== undefined && { expected }),
        ...(code !== undefined && { reason: code }),
        ...(field !== undefined && { field }),
        ...(fix !== undefined && { fix }),
        ...(attempt !== undefined && { attempt }),
      });
      throw new Failure(`${step}: ${error.message}`, error.detail);
    }
  }

  #note(step: Step): void {
    this.done.push(step);
    this.#tell(step);
  }
}
