// The downstream credential of one grant: kept sealed, renewed by one flight at a time (P-85).
import type { Credential, DownstreamTokens, Renewal } from "../../oauth/downstream.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { Refused } from "../promises/grants.ts";
import { refused } from "./attempt.ts";
import type { GrantObjectParts } from "./deps.ts";
import type { Authorization, GrantRecord, GrantRecords } from "./record.ts";

/** Seconds before its expiry in which a credential is not handed out any more. */
const margin = 30;

type Renewed = { ok: true } | Refused;

/** Changes a record without waiting for anything, so that both are one write. */
export type Change = (record: GrantRecord) => GrantRecord;

export class Credentials {
  readonly #parts: GrantObjectParts;
  readonly #records: GrantRecords;
  #flight: Promise<Renewed> | null = null;

  constructor(parts: GrantObjectParts, records: GrantRecords) {
    this.#parts = parts;
    this.#records = records;
  }

  isFresh(authorization: Authorization): boolean {
    const { credentialExpiresAt, renewable } = authorization;
    // One that nobody can renew is good to its last second.
    return credentialExpiresAt === null || credentialExpiresAt - (renewable ? margin : 0) > this.#parts.now();
  }

  async open(record: GrantRecord, authorization: Authorization): Promise<DownstreamTokens> {
    return JSON.parse(await this.#parts.open("grant", record.grantId, authorization.tokensSealed));
  }

  async current(record: GrantRecord, authorization: Authorization): Promise<Credential> {
    const tokens = await this.open(record, authorization);
    return { token: tokens.accessToken, expiresAt: tokens.expiresAt };
  }

  /**
   * Asks the provider for new tokens and stores them before anybody is answered. Whoever comes while a renewal is under
   * way waits for that one: inside an object all requests share one context, so its promise may be shared.
   * @param also what the call that begins the renewal changes with the same write; not asked when another began it
   */
  async renew(profile: GatewayProfile, also: Change): Promise<Renewed> {
    this.#flight ??= this.#renewOnce(profile, also).finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  /** When no renewal is under way any more; whatever it brought is stored. */
  async settled(): Promise<void> {
    await this.#flight?.catch(() => undefined);
  }

  async #renewOnce(profile: GatewayProfile, also: Change): Promise<Renewed> {
    const record = this.#records.read();
    if (!record?.authorization || record.ended) return refused("grant_ended");
    const tokens = await this.open(record, record.authorization);
    if (tokens.refreshToken === null)
      return refused("provider_grant_ended", { seen: "the provider gave no refresh token" });
    const { identity, scope } = record.authorization;
    const renewal = await this.#parts.renew(profile, {
      refreshToken: tokens.refreshToken,
      scope,
      workspace: identity.workspace,
    });
    return this.#keep(renewal, tokens, also);
  }

  async #keep(renewal: Renewal, former: DownstreamTokens, also: Change): Promise<Renewed> {
    if (renewal.outcome === "ended") return refused("provider_grant_ended", toldOf(renewal));
    if (renewal.outcome === "unavailable") {
      return refused(renewal.reason, { retryAfter: renewal.retryAfter, ...toldOf(renewal) });
    }
    const tokens = { ...renewal.tokens, refreshToken: renewal.tokens.refreshToken ?? former.refreshToken };
    const before = this.#records.read();
    if (!before?.authorization) return refused("grant_ended");
    const tokensSealed = await this.#parts.seal("grant", before.grantId, JSON.stringify(tokens));
    // Read again after the await: another verb may have written meanwhile, and its write must not be lost.
    const record = this.#records.read();
    if (!record?.authorization) return refused("grant_ended");
    const renewed: GrantRecord = {
      ...record,
      authorization: {
        ...record.authorization,
        tokensSealed,
        // What the provider took away since is taken away here too; it never adds to what the person allowed.
        scope: tokens.scope,
        credentialExpiresAt: tokens.expiresAt,
        renewable: tokens.refreshToken !== null,
      },
    };
    // Kept for a grant that ended meanwhile, too: these are the tokens that the provider must be told to revoke.
    this.#records.save(record.ended ? renewed : also(renewed));
    return record.ended ? refused(record.ended.reason) : { ok: true };
  }
}

function toldOf({ seen, diagnosis }: Pick<Refused, "seen" | "diagnosis">): Pick<Refused, "seen" | "diagnosis"> {
  return { ...(seen !== undefined && { seen }), ...(diagnosis !== undefined && { diagnosis }) };
}
