// A test authorization as its page shows it: steps with their state, and what the run ended with.

export type StepState = "ok" | "failed" | "waiting" | "not reached";

/** What went wrong, in the words of the log. */
export interface StepProblem {
  reason: string | null;
  cause: string | null;
  fix: string | null;
  /** What the provider's preset says about it. */
  hint: string | null;
  field: string | null;
  expected: string | null;
  seen: string | null;
}

export interface Step {
  name: string;
  /** What this step is, in a sentence. */
  about: string;
  state: StepState;
  /** What it brought, once it is passed. */
  brought: string | null;
  /** Of a step that failed; or of one that passed and will be a failure later, as missing scopes are. */
  problem: StepProblem | null;
}

export interface Tool {
  name: string;
  title: string | null;
  /** That a call of it needs, by the server's settings. */
  needs: readonly string[];
}

/** What only the run itself could tell. */
export interface Outcome {
  granted: readonly string[];
  /** Null when the list was not reached. */
  tools: readonly Tool[] | null;
  /** The runtime had further pages of tools. */
  more: boolean;
  /** Whether the run's own grant was ended; null when there was none. */
  ended: boolean | null;
}
