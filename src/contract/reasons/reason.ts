// What a reason code carries, for people.

export interface Reason {
  /** What happened; a sentence without values. */
  cause: string;
  /** What to do about it, and who can. */
  fix: string;
}
