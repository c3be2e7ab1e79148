// The gateway's own pages as its clients: public, each with one place to return to on this origin, never registered.
import { accountClient, accountReturn } from "./account-client.ts";

/** Under this id an operator tries an authorization from the dashboard. */
export const connectClient = { id: "mcpstack_connect", name: "Test authorization" } as const;

/** @param origin of the deployment */
export function connectReturn(origin: string): string {
  return `${origin}/dashboard/connect/return`;
}

/** `account` never becomes a grant; `connect` becomes one that its own page ends. */
export type BuiltInKind = "account" | "connect";

/** The page that this id belongs to; null for every other client. */
export function builtInClient(id: string, origin: string) {
  const kinds: readonly { client: { id: string; name: string }; kind: BuiltInKind; redirectUri: string }[] = [
    { client: accountClient, kind: "account", redirectUri: accountReturn(origin) },
    { client: connectClient, kind: "connect", redirectUri: connectReturn(origin) },
  ];
  return kinds.find(({ client }) => client.id === id) ?? null;
}

export function isBuiltIn(kind: string): kind is BuiltInKind {
  return kind === "account" || kind === "connect";
}
