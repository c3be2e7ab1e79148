// The embedded SDK's core, for any framework: createAppAgent and the words it speaks in.
export { type AppAgent, createAppAgent } from "./agent.ts";
export type { AppAgentServerState } from "./connection.ts";
export type { AppUser } from "./exchange.ts";
export { AppAgentError, type AppAgentFailure } from "./failure.ts";
export type { AppAgentOptions, AppUserIdentity } from "./options.ts";
export type { AppAgentServer } from "./server-handle.ts";
export type { AppAgentSnapshot } from "./snapshot.ts";
