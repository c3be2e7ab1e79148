// The person in the directory: noted after the answer, once an hour in each isolate.
import { BoundedMemory } from "../../oauth/bounded-memory.ts";
import type { Identity } from "../../oauth/downstream.ts";
import type { Context, ServerVisit } from "../context.ts";

const pause = 3600;
const remembered = 10_000;

const memories = new WeakMap<Context, BoundedMemory<true>>();

export function noteUser(identity: Identity, { background, context, server }: ServerVisit): void {
  const memory = memories.get(context) ?? new BoundedMemory<true>(remembered);
  memories.set(context, memory);
  const now = context.now();
  if (memory.get(identity.userId, now)) return;
  memory.set(identity.userId, true, { weight: 1, until: now + pause });
  const { organizationId } = server.snapshot;
  const note = async () => {
    // After the answer has left: nobody waits for the database here.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await context.directory.seen({ organizationId, identity, channel: "embedded", now });
  };
  // Tried again with the next exchange when the database was away.
  background(note().catch(() => memory.forget(identity.userId)));
}
