// The account page as a client of this gateway: built in, public, with one place to return to.

export const accountClient = { id: "mcpstack_account", name: "Your account" } as const;

/** @param origin of the deployment */
export function accountReturn(origin: string): string {
  return `${origin}/account/return`;
}
