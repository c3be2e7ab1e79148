// Agents and their servers in the management room, for the tests that look at both.
import { sha256 } from "../../src/worker/tokens/opaque.ts";
import { call, copyOf, newServer, organization } from "./management-room.ts";

export const org = await organization();
export const agents = `${org.path}/agents`;
let number = 0;

export async function newServerOf(of = org) {
  number += 1;
  return (await call("POST", `${of.path}/mcp-servers`, of.admin, newServer(`agents-${number}`))).body;
}

/** An agent with one server, and ways to look at both. */
export async function linked() {
  const slug = (await newServerOf()).slug as string;
  const name = `Agent ${number}`;
  const { body } = await call("POST", agents, org.admin, {
    ...{ name, allowedOrigins: ["https://app.example.com"], servers: [slug] },
  });
  const path = `${agents}/${body.id}`;
  const read = async () => (await call("GET", path, org.viewer)).body;
  const rotate = (overlap?: number) =>
    call("POST", `${path}/keys`, org.admin, overlap === undefined ? {} : { overlapSeconds: overlap });
  const revision = async () => (await copyOf(slug))?.revision ?? 0;
  const published = async () => (await copyOf(slug))?.agents ?? [];
  return { agent: body, path, slug, read, rotate, revision, published };
}

export const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
export const hashOf = (key: { publishableKey: string }) => sha256(key.publishableKey);
