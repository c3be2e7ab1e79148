// People who come without a grant, in the directory: noted after the answer, once an hour in each isolate.
import { BoundedMemory } from "../oauth/bounded-memory.ts";
import type { Directory } from "./promises/directory.ts";

const pause = 3600;
const remembered = 10_000;

type Person = Parameters<Directory["seen"]>[0];

/**
 * To be run in the background; null for somebody who was noted lately. Rejects never, and tries again with the next
 * visit when the database was away.
 */
export type NotePerson = (person: Person) => Promise<void> | null;

export function createNotedPeople(directory: Pick<Directory, "seen">): NotePerson {
  const memory = new BoundedMemory<true>(remembered);

  async function note(key: string, person: Person): Promise<void> {
    // After the answer has left: nobody waits for the database here.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await directory.seen(person).catch(() => memory.forget(key));
  }

  return (person) => {
    const key = [person.identity.userId, person.channel, person.client?.serverId, person.client?.clientId].join(" ");
    if (memory.get(key, person.now)) return null;
    memory.set(key, true, { weight: 1, until: person.now + pause });
    return note(key, person);
  };
}
