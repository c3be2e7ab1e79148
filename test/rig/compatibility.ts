// How a test says which real client it stands for: the README's table of clients is made of these and their outcomes.
//
//   import { tried } from "../rig/compatibility.ts";
//   test("Codex CLI · a refresh that names scope and resource …", tried("Codex CLI", "0.169", "refresh"), async () => { … });
//
// The words are cells of the table: client and version name the row, the third is what this test tried. Several tests
// may feed one row, from any file of any project (Node or workerd); tests with equal words share a phrase. The result
// is never written by hand: a row "works" while each of its tests passes. What a client cannot do by itself whatever
// a server answers is a test too, which proves what it does instead, and says so in the fourth argument.
// `npm run readme:clients` writes the table. A run that saw every annotated test fails while the README differs.
import "vitest";

export interface Tried {
  /** The client as people call it. */
  client: string;
  /** The version that was run, or the one whose requests were recorded. */
  version: string;
  /** A word or two, such as `sign-in`. */
  what: string;
  /** What the client does instead, where it cannot do that itself. */
  instead: string | null;
}

declare module "vitest" {
  interface TaskMeta {
    tried?: Tried;
  }
}

/** Options for `test`. */
export function tried(client: string, version: string, what: string, instead: string | null = null) {
  return { meta: { tried: { client, version, what, instead } satisfies Tried } };
}
