// The cases that are a load of equal requests: who is asked, with what, and who is the floor that it is measured by.
import { uniqueMark } from "./load.ts";
import { answerHeader } from "./origin.ts";
import { appOrigin } from "./seed.ts";
import type { Stage, Target } from "./stage.ts";

export interface Subject {
  name: string;
  target: Target;
  requests: string[];
}

export interface LoadCase {
  name: string;
  title: string;
  /** The subject that the gateway is divided by. */
  floor: string;
  status: "200" | "401";
  connections: number;
  /** Times are until an answer's first byte. */
  untilFirstByte?: boolean;
  subjects(stage: Stage): Subject[] | Promise<Subject[]>;
}

const many = 32;
const people = 1000;

/** A tool call whose arguments make the body as long as asked. */
function callOf(bytes: number): string {
  const call = (query: string) =>
    JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "search", arguments: { query } } });
  return call("x".repeat(Math.max(1, bytes - call("").length)));
}

const usualCall = callOf(120);

interface Asking {
  token?: string;
  body?: string;
  headers?: Record<string, string>;
}

function request(method: string, target: Target, path: string, { token, body, headers = {} }: Asking): string {
  const lines = {
    host: `localhost:${target.port}`,
    "user-agent": "mcpstack-bench/1",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { "content-type": "application/json", "content-length": String(body.length) }),
    ...headers,
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${head.join("")}\r\n${body ?? ""}`;
}

/** What an MCP client sends. */
const mcp = { accept: "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25" };

export const runtimeOf = (stage: Stage): Target => ({
  port: Number(new URL(stage.behind.runtime).port),
  workerd: null,
});

function call(target: Target, server: string | null, asking: Asking): string {
  const path = server === null ? "/mcp" : `${new URL(server).pathname}/mcp`;
  return request("POST", target, path, { body: usualCall, ...asking, headers: { ...mcp, ...asking.headers } });
}

/** One call of the person who signed in, at every stop on the way. */
function compared(stage: Stage, asking: Asking = {}): Subject[] {
  const own = { token: stage.accessToken, ...asking };
  const passThrough = stage.beside["pass-through"];
  return [
    { name: "direct", target: runtimeOf(stage), requests: [call(runtimeOf(stage), null, own)] },
    { name: "pass-through", target: passThrough, requests: [call(passThrough, null, own)] },
    { name: "gateway", target: stage.gateway, requests: [call(stage.gateway, stage.people, own)] },
  ];
}

async function withVerification(stage: Stage): Promise<Subject[]> {
  const [token = ""] = await stage.appTokens("ES256", 1);
  const { verify } = stage.beside;
  return [...compared(stage), { name: "ES256 per request", target: verify, requests: [call(verify, null, { token })] }];
}

async function ofManyPeople(stage: Stage): Promise<Subject[]> {
  const tokens = await exchanged(stage);
  const passThrough = stage.beside["pass-through"];
  return [
    { name: "pass-through", target: passThrough, requests: tokens.map((token) => call(passThrough, null, { token })) },
    {
      name: "gateway",
      target: stage.gateway,
      requests: tokens.map((token) => call(stage.gateway, stage.app, { token })),
    },
  ];
}

/** An access token for each of many people, through the embedded door. */
async function exchanged(stage: Stage): Promise<string[]> {
  const tokens: string[] = [];
  const left = await stage.appTokens("ES256", people);
  const exchangeNext = async () => {
    for (let token = left.pop(); token !== undefined; token = left.pop()) {
      const response = await fetch(`${stage.app}/embedded/exchange`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: appOrigin },
        body: JSON.stringify({ apiKey: stage.agentKey, agentId: stage.agentId, token }),
      });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined) throw new Error(`the exchange answered ${JSON.stringify(body)}`);
      tokens.push(body.access_token);
    }
  };
  await Promise.all(Array.from({ length: 16 }, exchangeNext));
  return tokens;
}

async function exchanges(stage: Stage, algorithm: "RS256" | "ES256"): Promise<Subject[]> {
  const floor = stage.beside["exchange-floor"];
  const bodies = (await stage.appTokens(algorithm, people)).map((token) =>
    JSON.stringify({ apiKey: stage.agentKey, agentId: stage.agentId, token }),
  );
  const path = `${new URL(stage.app).pathname}/embedded/exchange`;
  const headers = { origin: appOrigin };
  const requests = (target: Target) => bodies.map((body) => request("POST", target, path, { body, headers }));
  return [
    { name: "verify + seal", target: floor, requests: requests(floor) },
    { name: "gateway", target: stage.gateway, requests: requests(stage.gateway) },
  ];
}

/** A document of the gateway beside a Worker that gives one answer to everything. */
function document(path: (server: string) => string) {
  return (stage: Stage): Subject[] => {
    const { deny } = stage.beside;
    return [
      { name: "fixed answer", target: deny, requests: [request("GET", deny, "/", {})] },
      {
        name: "gateway",
        target: stage.gateway,
        requests: [request("GET", stage.gateway, path(new URL(stage.people).pathname), {})],
      },
    ];
  };
}

function refused(token: (stage: Stage) => string | undefined) {
  return (stage: Stage): Subject[] => {
    const { deny } = stage.beside;
    const presented = token(stage);
    const asking = presented === undefined ? {} : { token: presented };
    return [
      { name: "fixed answer", target: deny, requests: [call(deny, stage.people, asking)] },
      { name: "gateway", target: stage.gateway, requests: [call(stage.gateway, stage.people, asking)] },
    ];
  };
}

/** Everything that can be seen of a good token, and another ciphertext each time: it costs a decryption. */
function forged({ accessToken }: Stage): string {
  const [header, key, iv, ciphertext = "", tag] = accessToken.split(".");
  const other = uniqueMark + ciphertext.slice(uniqueMark.length);
  return [header, key, iv, other, tag].join(".");
}

const ok = { status: "200", connections: many } as const;
const no = { status: "401", connections: many, floor: "fixed answer" } as const;
const through = { ...ok, floor: "pass-through" } as const;

export const loadCases: LoadCase[] = [
  { ...through, name: "call", title: "MCP call, one person", subjects: withVerification },
  { ...through, name: "call-1000", title: `MCP call, ${people} people`, subjects: ofManyPeople },
  { ...through, connections: 1, name: "call-alone", title: "MCP call, one at a time", subjects: compared },
  {
    ...through,
    name: "call-100kb",
    title: "MCP call, body of 100 KB",
    subjects: (stage) => compared(stage, { body: callOf(100_000) }),
  },
  {
    ...through,
    name: "answer-100kb",
    title: "MCP call, answer of 100 KB",
    subjects: (stage) => compared(stage, { headers: { [answerHeader]: "large" } }),
  },
  {
    ...through,
    connections: 1,
    name: "event",
    title: "MCP call answered as event stream, first byte, one at a time",
    untilFirstByte: true,
    subjects: (stage) => compared(stage, { headers: { [answerHeader]: "event" } }),
  },
  {
    ...ok,
    name: "exchange-rs256",
    title: "embedded exchange, RS256",
    floor: "verify + seal",
    subjects: (stage) => exchanges(stage, "RS256"),
  },
  {
    ...ok,
    name: "exchange-es256",
    title: "embedded exchange, ES256",
    floor: "verify + seal",
    subjects: (stage) => exchanges(stage, "ES256"),
  },
  {
    ...no,
    status: "200",
    name: "resource-metadata",
    title: "protected resource metadata",
    subjects: document((path) => `/.well-known/oauth-protected-resource${path}/mcp`),
  },
  {
    ...no,
    status: "200",
    name: "server-metadata",
    title: "authorization server metadata",
    subjects: document((path) => `/.well-known/oauth-authorization-server${path}`),
  },
  { ...no, name: "challenge", title: "no token: challenge", subjects: refused(() => undefined) },
  {
    ...no,
    name: "flood-garbage",
    title: "flood of made-up tokens",
    subjects: refused(() => `${uniqueMark}${"x".repeat(40)}`),
  },
  { ...no, name: "flood-forged", title: "flood of forged tokens", subjects: refused(forged) },
];
