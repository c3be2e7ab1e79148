// RFC 6761 §6.3: names below `localhost` are loopback. Browsers know that; this teaches it to the Node process it is loaded in.
import dns from "node:dns";

const lookup = dns.lookup as (...args: unknown[]) => void;

/** What `net` and `fetch` ask whenever they connect. */
function lookupLoopback(name: unknown, ...rest: unknown[]): void {
  lookup(typeof name === "string" && name.endsWith(".localhost") ? "localhost" : name, ...rest);
}

Object.assign(dns, { lookup: Object.assign(lookupLoopback, dns.lookup) });

/** For NODE_OPTIONS of a process that is to know it too. */
export const importingThis = `--import ${import.meta.url}`;
