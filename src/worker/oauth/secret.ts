// A string that refuses to be printed: tokens, keys and client secrets travel as Secret inside the worker.

const hidden = "[secret]";

/** Holds a secret value; JSON, string conversion and console output show a placeholder only. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that must send or compare it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }
}
