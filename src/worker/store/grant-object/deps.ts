// What the grant's object is handed by the worker's entry: storage imports neither keys nor the provider's client.
import type { GatewayEvent } from "../../../contract/events.ts";
import type { ProviderRevocation, Renewal } from "../../oauth/downstream.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";

export interface GrantObjectParts {
  /** Epoch seconds. */
  now(): number;
  randomSecret(): string;
  seal(purpose: "departure" | "successor" | "grant", record: string, plaintext: string): Promise<string>;
  open(purpose: "departure" | "successor" | "grant", record: string, sealed: string): Promise<string>;
  renew(
    profile: GatewayProfile,
    grant: { refreshToken: string; scope: string[]; workspace: string | null },
  ): Promise<Renewal>;
  revokeDownstream(
    profile: GatewayProfile,
    tokens: { refreshToken: string | null; accessToken: string },
  ): Promise<ProviderRevocation>;
  /** Keeps an event in the background. */
  record(event: GatewayEvent): void;
  /** Takes the grant out of the index and publishes its end; may be repeated. */
  publishEnd(grant: { grantId: string; serverId: string; slug: string; tokensExpireAt: number }): Promise<void>;
}
