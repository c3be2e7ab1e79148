// An agent's publishable keys: the current one to copy, the former ones that still work, and rotation.
import type { AgentView } from "../../../contract/management/agents.ts";
import { Form } from "./form.tsx";
import type { Frame } from "./frame.tsx";
import { type Column, Copy, Table, Time } from "./table.tsx";

type Key = AgentView["keys"][number];

export function AgentKeys({ frame, agent, path }: { frame: Frame; agent: AgentView; path: string }) {
  const columns: Column<Key>[] = [
    {
      title: "Publishable key",
      heading: true,
      class: "wide",
      cell: (key) => <Copy id={key.id} value={key.publishableKey} />,
    },
    { title: "Created", cell: (key) => <Time at={key.createdAt} /> },
    {
      title: "Works",
      cell: (key) =>
        key.expiresAt === null ? (
          "current"
        ) : (
          <>
            until <Time at={key.expiresAt} />
          </>
        ),
    },
  ];
  if (frame.canChange && agent.keys.length > 1) {
    columns.push({
      title: "End",
      cell: (key) =>
        key.expiresAt === null ? null : (
          <Form frame={frame} action={`${path}/keys/${key.id}/end`}>
            <button type="submit" class="small danger">
              End now
            </button>
          </Form>
        ),
    });
  }
  return (
    <>
      <Table caption="Publishable keys" columns={columns} rows={agent.keys} />
      {frame.canChange ? (
        <Form frame={frame} action={`${path}/keys`} class="card">
          <p>
            Keys are no secrets: web pages carry them. A new one becomes the current one; pages that still carry the
            former one go on for the overlap.
          </p>
          <div class="field">
            <label for="overlapSeconds">Former keys work on for</label>
            <select id="overlapSeconds" name="overlapSeconds">
              <option value="0">not at all: end them now</option>
              <option value="3600">an hour</option>
              <option value="86400" selected>
                a day
              </option>
              <option value="604800">a week</option>
            </select>
          </div>
          <button type="submit">Rotate key</button>
        </Form>
      ) : null}
    </>
  );
}
