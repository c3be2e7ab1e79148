// Which scenarios a revision of the protocol requires, read from the list that the conformance suite ships.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/conformance/requirements");

export interface Requirement {
  scenario: string;
  /** `required`, or why the suite runs it without counting it: `extension`, `pending`, `added-after-release`. */
  standing: string;
}

/** In the suite's order. */
export function requirements(revision: string, side: "server" | "client"): Requirement[] {
  const text = readFileSync(join(folder, `${revision}.yaml`), "utf8");
  const section = new RegExp(`^${side}:\\n((?: {2}- \\S+\\n)+)`, "m").exec(text)?.[1] ?? "";
  const required = [...section.matchAll(/- (\S+)/g)].map(([, scenario = ""]) => ({ scenario, standing: "required" }));
  const others = [...text.matchAll(/- scenario: (\S+)\n {4}leg: (\S+)\n {4}reason: (\S+)/g)].flatMap(
    ([, scenario = "", leg, standing = ""]) => (leg === side ? [{ scenario, standing }] : []),
  );
  return [...required, ...others];
}
