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

/** In place of what the app leaves out in a later render. */
const none = { appSessionKey: undefined, userIdentity: undefined, servers: undefined, fetch: undefined };

/**
 * Signs in to the configured servers once mounted; on a server it renders the idle state. Options may be new objects in
 * each render: another identity gets another agent in the same render, so that nobody sees the previous user's state;
 * everything else is handed to the agent. Throws a TypeError that names a bad field.
 */
export function useAppAgent(options: AppAgentOptions): UseAppAgent {
  const identity = identityOf(options);
  const [held, hold] = useState(() => ({ identity, agent: createAppAgent(options) }));
  let current = held;
  if (held.identity !== identity) {
    current = { identity, agent: createAppAgent(options) };
    hold(current);
  }
  const { agent } = current;

  useEffect(() => {
    agent.update({ ...none, ...options });
  });
  useEffect(() => {
    void agent.connect();
    return agent.close;
  }, [agent]);

  const snapshot = useSyncExternalStore(agent.subscribe, agent.getSnapshot, agent.getSnapshot);
  // A new function with each snapshot: it answers other objects once the person behind the token has changed.
  return useMemo(() => ({ ...snapshot, server: (name: string) => agent.server(name), agent }), [snapshot, agent]);
}
