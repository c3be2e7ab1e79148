// useAppAgent: the agent of the signed-in user for as long as a component is mounted.
"use client";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { type AppAgent, createAppAgent } from "./agent.ts";
import { type AppAgentOptions, identityOf } from "./options.ts";
import type { AppAgentServer } from "./server-handle.ts";
import type { AppAgentSnapshot } from "./snapshot.ts";

export type * from "./index.ts";

export interface UseAppAgent extends AppAgentSnapshot {
  /** The same object for the same person and session, so that an effect may depend on it. */
  server(name: string): AppAgentServer;
  /** Another one for each identity. */
  readonly agent: AppAgent;
}

/** The agent of one identity, and whether a component shows it. */
const hold = (identity: string, options: AppAgentOptions) => ({
  identity,
  agent: createAppAgent(options),
  mounted: false,
});

/** In place of what the app leaves out in a later render. */
const none = { appSessionKey: undefined, userIdentity: undefined, servers: undefined, fetch: undefined };

/**
 * Signs in to the configured servers once mounted; on a server it renders the idle state. Options may be new objects in
 * each render: another identity gets another agent in the same render, so that nobody sees the previous user's state;
 * everything else is handed to the agent. Throws a TypeError that names a bad field.
 */
export function useAppAgent(options: AppAgentOptions): UseAppAgent {
  const identity = identityOf(options);
  const [held, setHeld] = useState(() => hold(identity, options));
  let current = held;
  if (held.identity !== identity) {
    current = hold(identity, options);
    setHeld(current);
  }
  const { agent } = current;

  useEffect(() => {
    agent.update({ ...none, ...options });
  });
  useEffect(() => {
    current.mounted = true;
    void current.agent.connect();
    return () => {
      current.mounted = false;
      // StrictMode mounts again in the same turn; until then children's effects may use what they were given.
      queueMicrotask(() => {
        if (!current.mounted) current.agent.close();
      });
    };
  }, [current]);

  const snapshot = useSyncExternalStore(agent.subscribe, agent.getSnapshot, agent.getSnapshot);
  // A new function with each snapshot: it answers other objects once the person behind the token has changed.
  return useMemo(() => ({ ...snapshot, server: (name: string) => agent.server(name), agent }), [snapshot, agent]);
}
