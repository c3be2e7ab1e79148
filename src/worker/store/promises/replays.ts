// What single use promises: a statement that may be made once is believed once, wherever in the world it arrives.

/** A signed statement with an id of its own: a client's assertion (RFC 7523 §3), an identity assertion grant (ID-JAG). */
export interface SingleUse {
  /** What kind of statement; ids of one kind say nothing about another. */
  kind: "client-assertion" | "identity-assertion";
  /** Who signed it: `jti` is unique per issuer only. */
  issuer: string;
  jti: string;
  /** When it can be refused by its age alone, epoch seconds; it is remembered until then. */
  until: number;
}

export interface ReplayStore {
  /** True for the first caller only; exact among all edges. Throws when storage does not answer. */
  firstUse(use: SingleUse): Promise<boolean>;
}
