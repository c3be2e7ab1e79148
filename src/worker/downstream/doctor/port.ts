// The doctor: what may be asked of it, and what it must be handed of the rest of the gateway.
import type { Finding } from "../../../contract/management/check.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { Secret } from "../../oauth/secret.ts";
import type { ConnectorSettings } from "../parts.ts";

export interface Doctor {
  /**
   * Looks at a profile, its provider and its servers as they are now, past every copy. Findings come in a stable order
   * and within ten seconds; they never hold a secret or a body. Never throws: what cannot be asked is a finding.
   */
  examine(examination: Examination): Promise<Finding[]>;
}

export interface Examination {
  organizationId: string;
  profile: GatewayProfile;
  registrationEndpoint: string | null;
  /** The attached servers to look at. */
  servers: ExaminedServer[];
  /** Slugs of attached servers that are not looked at this time. */
  leftOut: string[];
  /** A token to explain. */
  token: Secret | null;
  /** Whether pages of this origin belong to an agent of one of the servers. */
  acceptsOrigin(origin: string): boolean;
}

export interface ExaminedServer {
  slug: string;
  runtimeUrl: string;
  mcpUrl: string;
  scopes: string[];
  tools: { name: string; scopes: string[] }[];
  broaderScopes?: { name: string; scopes: string[] }[];
}

/** What an access token of this gateway says, as far as the doctor looks. */
export interface OwnToken {
  aud: string;
  scope: string;
  /** Epoch seconds. */
  exp: number;
}

export interface DoctorSettings extends Omit<ConnectorSettings, "copies"> {
  /** An assertion for this server that stands for nobody; null when there is no such server any more. */
  assertionOfNobody(slug: string): Promise<string | null>;
  /** The claims of an access token that this gateway issued; null for every other text. */
  openOwnToken(token: string): Promise<OwnToken | null>;
  /** Enters the gateway by its own door, for where a Worker cannot call its own host over the network. */
  visitInside(request: Request): Promise<Response>;
}
