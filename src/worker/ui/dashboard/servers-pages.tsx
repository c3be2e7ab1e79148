// MCP servers: the list, and the page that creates one, with a gateway of its own if wanted.
import type { ServerView } from "../../../contract/management/servers.ts";
import { providerPresets } from "../../../contract/providers.ts";
import type { Field, FormState } from "./fields.ts";
import { Fields, Form, Problem } from "./form.tsx";
import type { Content, Frame } from "./frame.tsx";
import { gatewayChoice, inlineGatewayFields, serverFields } from "./server-fields.ts";
import { type Column, Empty, type Paged, Pager, Table, Time } from "./table.tsx";

export const kindInWords = { gateway: "gateway", static_headers: "static headers" } as const;

export function serversPage(frame: Frame, list: Paged<ServerView>, gateways: ReadonlyMap<string, string>): Content {
  const path = `${frame.base}/servers`;
  const columns: Column<ServerView>[] = [
    {
      title: "Name",
      heading: true,
      class: "wide",
      cell: (server) => (
        <a href={`${path}/${server.id}`}>
          <bdi>{server.name}</bdi>
        </a>
      ),
    },
    { title: "MCP URL", class: "wide", cell: (server) => <code>{server.mcpUrl}</code> },
    { title: "Kind", cell: (server) => <span class="tag">{kindInWords[server.authentication]}</span> },
    {
      title: "Gateway",
      class: "wide",
      cell: (server) => <GatewayOf server={server} gateways={gateways} frame={frame} />,
    },
    { title: "Changed", cell: (server) => <Time at={server.updatedAt} /> },
  ];
  const create = (
    <a class="button go" href={`${path}/new`}>
      Create server
    </a>
  );
  return {
    title: "Servers",
    section: "servers",
    actions: list.total > 0 ? create : null,
    body:
      list.total === 0 ? (
        <Empty title="No MCP server yet">
          <p>A server is one MCP URL with the runtime behind it. Have the runtime's URL at hand.</p>
          {frame.canChange ? <p>{create}</p> : <p>A token of role admin can create one.</p>}
        </Empty>
      ) : (
        <>
          <Table caption="MCP servers" columns={columns} rows={list.items} />
          <Pager list={list} path={path} />
        </>
      ),
  };
}

function GatewayOf(props: { server: ServerView; gateways: ReadonlyMap<string, string>; frame: Frame }) {
  const { gatewayId, authentication } = props.server;
  if (authentication === "static_headers") return <span class="soft">none, by its kind</span>;
  if (gatewayId === null) return <span class="tag refused">not attached</span>;
  return (
    <a href={`${props.frame.base}/gateways/${gatewayId}`}>
      <bdi>{props.gateways.get(gatewayId) ?? gatewayId}</bdi>
    </a>
  );
}

export function serverCreatePage(
  frame: Frame,
  state: FormState,
  gateways: readonly { id: string; name: string }[],
): Content {
  const preset: Field = {
    name: "gateway.providerType",
    label: "Provider",
    kind: "choice",
    options: providerPresets.map(({ id, name }) => ({ value: id, label: name })),
  };
  const [first, ...others] = inlineGatewayFields;
  const inline = [...(first ? [first] : []), preset, ...others];
  const open = gateways.length === 0 || [...state.errors.keys()].some((name) => name.startsWith("gateway."));
  return {
    title: "Create server",
    section: "servers",
    crumbs: [["Servers", `${frame.base}/servers`]],
    body: (
      <Form frame={frame} action={`${frame.base}/servers/new`}>
        <Problem state={state} />
        <fieldset class="card">
          <legend>Server</legend>
          <Fields fields={serverFields} state={state} />
        </fieldset>
        <fieldset class="card">
          <legend>Gateway</legend>
          {gateways.length > 0 ? <Fields fields={[gatewayChoice(gateways)]} state={state} /> : null}
          <details open={open}>
            <summary>Create a gateway with it</summary>
            <Fields fields={inline} state={state} />
          </details>
        </fieldset>
        <p class="actions">
          <button type="submit" class="go">
            Create server
          </button>
        </p>
      </Form>
    ),
  };
}
