// Which organization a command means: the one that is named, the one that was kept, or the only one there is.
import type { OrganizationView } from "../contract/management/organizations.ts";
import type { Answer } from "./api.ts";
import { Failure } from "./failure.ts";

type Listed = Answer<{ items: Pick<OrganizationView, "id" | "name">[]; total: number }>;

const mostShown = 20;

/** @throws Failure that lists them when several are reached and none is named */
export async function chosenOrganization(
  named: string | null,
  kept: () => string | null,
  list: () => Promise<Listed>,
): Promise<string> {
  if (named?.startsWith("org_")) return named;
  const known = named === null ? kept() : null;
  if (known !== null) return known;
  const { items, total } = (await list()).view();
  const fitting = named === null ? items : items.filter((one) => one.name === named);
  const [only, another] = fitting;
  if (only && !another && (named !== null || total === 1)) return only.id;
  const fix = "name one with --org or MCPSTACK_ORG, by its id";
  if (fitting.length > 0) throw new Failure(`this could be several organizations:\n${shown(fitting, total)}`, { fix });
  if (named !== null) throw new Failure(`the token reaches no organization ${JSON.stringify(named)}`, { fix });
  throw new Failure("the token reaches no organization", {
    fix: "create one: `mcpstack organizations create --name …` with the deployment's ADMIN_TOKEN as MCPSTACK_TOKEN",
  });
}

function shown(items: Pick<OrganizationView, "id" | "name">[], total: number): string {
  const lines = items.slice(0, mostShown).map(({ id, name }) => `  ${id}  ${name}`);
  const more = Math.max(items.length, total) - lines.length;
  return more > 0 && items.length > mostShown ? [...lines, `  and ${more} more`].join("\n") : lines.join("\n");
}
