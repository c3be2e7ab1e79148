// Tells a store that does not answer from a fault of the gateway's own: the first passes, and clients must wait it out.

/** Thrown by a store that knows best: it was the storage, whatever the platform called it. */
export class StorageFault extends Error {
  override readonly name = "StorageFault";
}

/** What D1 and the objects' platform call their own failures; what our code throws inside an object is not among them. */
const ofStorage = /^D1_(?:EXEC_)?ERROR\b|^Network connection lost|^(?:Internal error in|Cannot resolve) Durable Object/;

/** Looks through the causes: the statement's wrapper repeats its values and says nothing else. */
export function isStorageFault(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StorageFault || ofStorage.test(cause.message)) return true;
    if (["overloaded", "retryable", "durableObjectReset"].some((mark) => Reflect.get(cause, mark) === true))
      return true;
  }
  return false;
}
