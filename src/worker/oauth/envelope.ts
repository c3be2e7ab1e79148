// What a JSON-RPC body asks for, read without building its tree: the facts that authorization is decided from.
import { JsonCursor, NotJson } from "./json-cursor.ts";

export interface Message {
  kind: "request" | "notification" | "response";
  /** A request's; null for any other kind, and for what MCP does not allow as an id. */
  id: string | number | null;
  method: string | null;
  /** `params.name`, `params.uri` and `params.taskId`, where they are strings. */
  name: string | null;
  uri: string | null;
  taskId: string | null;
  /** `params._meta["io.modelcontextprotocol/protocolVersion"]`, which only requests of 2026-07-28 and later carry. */
  protocolVersion: string | null;
}

export type Envelope =
  | { ok: true; batch: boolean; messages: Message[] }
  /** JSON-RPC 2.0 §5.1: -32700 is not JSON, -32600 is not a request. */
  | { ok: false; rpcCode: -32700 | -32600; expected: string };

/** JSON that cannot be read in one way only, so that two readers could disagree about what it asks for. */
class Ambiguous extends Error {}

const versionKey = "io.modelcontextprotocol/protocolVersion";
const messageKeys = known("jsonrpc", "id", "method", "params", "result", "error");
const paramsKeys = known("name", "uri", "taskId", "arguments", "_meta");
const metaKeys = known(versionKey);
const maxMembers = 256;
const maxMessages = 100;

/**
 * Reads one message or a batch. The runtime will parse the same bytes with a parser of its own, so everything that
 * parsers are known to read differently is refused: a member sent twice, and a known member in another case, which
 * some decoders match all the same.
 */
export function readEnvelope(text: string): Envelope {
  const cursor = new JsonCursor(text);
  try {
    const batch = cursor.peek() === "[";
    const messages: Message[] = [];
    const one = () => {
      if (messages.length === maxMessages) throw new Ambiguous(`at most ${maxMessages} messages`);
      messages.push(readMessage(cursor));
    };
    if (batch) cursor.array(one);
    else one();
    cursor.end();
    if (messages.length === 0) throw new Ambiguous("at least one message");
    return { ok: true, batch, messages };
  } catch (error) {
    if (error instanceof NotJson) return { ok: false, rpcCode: -32700, expected: "a body of JSON in UTF-8" };
    if (error instanceof Ambiguous) return { ok: false, rpcCode: -32600, expected: error.message };
    throw error;
  }
}

function readMessage(cursor: JsonCursor): Message {
  const message: Message = {
    kind: "response",
    id: null,
    method: null,
    name: null,
    uri: null,
    taskId: null,
    protocolVersion: null,
  };
  let hasId = false;
  mustBe(cursor, "{", "each message an object");
  members(cursor, messageKeys, (key) => {
    if (key === "method") {
      mustBe(cursor, '"', "method a string");
      message.method = cursor.string();
    } else if (key === "params" && cursor.peek() === "{") {
      readParams(cursor, message);
    } else if (key === "id") {
      hasId = true;
      message.id = readId(cursor);
    } else {
      cursor.skip();
    }
  });
  if (message.method !== null) message.kind = hasId ? "request" : "notification";
  if (message.kind !== "request") message.id = null;
  return message;
}

function readId(cursor: JsonCursor): string | number | null {
  const first = cursor.peek();
  if (first === '"') return cursor.string();
  if (first !== "-" && (first < "0" || first > "9")) {
    cursor.skip();
    return null;
  }
  const id = cursor.number();
  // A larger integer would come back as another one.
  return Number.isSafeInteger(id) ? id : null;
}

function readParams(cursor: JsonCursor, message: Message): void {
  members(cursor, paramsKeys, (key) => {
    const first = cursor.peek();
    if ((key === "name" || key === "uri" || key === "taskId") && first === '"') message[key] = cursor.string();
    else if (key === "_meta" && first === "{") readMeta(cursor, message);
    else cursor.skip();
  });
}

function readMeta(cursor: JsonCursor, message: Message): void {
  members(cursor, metaKeys, (key) => {
    if (key === versionKey && cursor.peek() === '"') message.protocolVersion = cursor.string();
    else cursor.skip();
  });
}

/** Names of members, by what they fold to. */
type Known = ReadonlyMap<string, string>;

function known(...names: string[]): Known {
  return new Map(names.map((name) => [fold(name), name]));
}

/** Walks an object whose members must be unique, and refuses a known name in another spelling. */
function members(cursor: JsonCursor, known: Known, visit: (key: string) => void): void {
  const seen = new Set<string>();
  cursor.object((key) => {
    if (seen.has(key)) throw new Ambiguous("each member once");
    if ((known.get(fold(key)) ?? key) !== key) throw new Ambiguous("member names in their exact case");
    if (seen.size === maxMembers) throw new Ambiguous(`at most ${maxMembers} members`);
    seen.add(key);
    visit(key);
  });
}

function mustBe(cursor: JsonCursor, first: string, expected: string): void {
  if (cursor.peek() !== first) {
    cursor.skip();
    throw new Ambiguous(expected);
  }
}

/** Upper case first: it is what brings the long s and the Kelvin sign together with the letters they fold to. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}
