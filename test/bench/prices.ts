// The platform's public prices and limits, as the cost table and the model use them. Dollars of the United States.

/** For a million of each, beyond what the paid plan includes. developers.cloudflare.com, November 2026. */
export const prices = {
  request: { dollars: 0.3, source: "/workers/platform/pricing" },
  /** Milliseconds of processor time. */
  cpuMillisecond: { dollars: 0.02, source: "/workers/platform/pricing" },
  objectRequest: { dollars: 0.15, source: "/durable-objects/platform/pricing" },
  objectRowWritten: { dollars: 1, source: "/durable-objects/platform/pricing" },
  d1RowWritten: { dollars: 1, source: "/d1/platform/pricing" },
  kvRead: { dollars: 0.5, source: "/kv/platform/pricing" },
  kvWrite: { dollars: 5, source: "/kv/platform/pricing" },
} as const;

/** What one of each takes at most. */
export const limits = {
  /** Writes a second that one object takes; 500 at best. */
  objectWrites: { value: 200, source: "/durable-objects/platform/limits" },
  /** Simple statements a second in one database: they run one after another, a millisecond each. */
  d1Statements: { value: 1000, source: "/d1/platform/limits" },
  /** Gigabytes in one database. */
  d1Gigabytes: { value: 10, source: "/d1/platform/limits" },
  /** Megabytes of an isolate. */
  isolateMegabytes: { value: 128, source: "/workers/platform/limits" },
} as const;
