// Values that are made for an object by the first who asks, and are gone with it.

/** Told apart by their names. For values that are the same for everybody who asks about that object. */
export class MadeOnce<Owner extends object, V> {
  readonly #made = new WeakMap<Owner, Map<string, V>>();

  get(owner: Owner, name: string, make: () => V): V {
    let made = this.#made.get(owner);
    if (made === undefined) {
      made = new Map();
      this.#made.set(owner, made);
    }
    let value = made.get(name);
    if (value === undefined) {
      value = make();
      made.set(name, value);
    }
    return value;
  }
}
