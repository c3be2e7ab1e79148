// Grants and users of one gateway: who allowed which client to act at which server, and taking it back.
import type { Child } from "hono/jsx";
import type { GrantView } from "../../../contract/management/grants.ts";
import type { Frame } from "./frame.tsx";
import { Codes, type Column, Empty, type Paged, Pager, Table, Time } from "./table.tsx";

export interface GrantsProps {
  frame: Frame;
  /** Of the gateway. */
  path: string;
  list: Paged<GrantView>;
  /** Name by server id. */
  servers: ReadonlyMap<string, string>;
  /** The filter in the address, as a query. */
  query: string;
}

export function grantsTab({ frame, path, list, servers, query }: GrantsProps): Child {
  if (list.total === 0 && query !== "") {
    return (
      <Empty title="No grant fits">
        <p>
          <a href={`${path}/grants`}>Show all grants</a>
        </p>
      </Empty>
    );
  }
  if (list.total === 0) {
    return (
      <Empty title="Nobody has allowed a client yet">
        <p>
          A grant appears when a person signs in through an MCP client. The <a href={`${path}/connect`}>Connect tab</a>{" "}
          has what clients need.
        </p>
      </Empty>
    );
  }
  return (
    <>
      {query === "" ? null : (
        <p>
          Filtered. <a href={`${path}/grants`}>Show all grants</a>
        </p>
      )}
      <Table caption="Grants, newest first" columns={columns({ frame, path, servers })} rows={list.items} />
      <Pager list={list} path={`${path}/grants`} query={query} />
      {frame.canChange ? (
        <p class="actions">
          <a class="button danger" href={`${path}/revoke?all=true`}>
            Revoke all grants
          </a>
        </p>
      ) : null}
    </>
  );
}

function columns({ frame, path, servers }: Pick<GrantsProps, "frame" | "path" | "servers">): Column<GrantView>[] {
  const filter = (name: string, value: string) => `${path}/grants?${new URLSearchParams({ [name]: value })}`;
  const all: Column<GrantView>[] = [
    {
      title: "User",
      heading: true,
      class: "wide",
      cell: (grant) => (
        <a href={filter("user", grant.userId)}>
          <bdi>{grant.email ?? grant.userId}</bdi>
        </a>
      ),
    },
    {
      title: "Client",
      class: "wide",
      cell: (grant) => (
        <a href={filter("client", grant.clientId)}>
          <bdi>{grant.clientName}</bdi>
        </a>
      ),
    },
    {
      title: "Server",
      cell: (grant) => (
        <a href={`${frame.base}/servers/${grant.serverId}`}>
          <bdi>{servers.get(grant.serverId) ?? grant.serverId}</bdi>
        </a>
      ),
    },
    { title: "Scopes", class: "wide", cell: (grant) => <Codes values={grant.scopes} /> },
    { title: "Last used", cell: (grant) => <Time at={grant.lastUsedAt} /> },
    { title: "Ends", cell: (grant) => <Time at={grant.expiresAt} /> },
    { title: "Attempt", cell: (grant) => <a href={`${path}/attempts/${grant.id}`}>Timeline</a> },
  ];
  if (!frame.canChange) return all;
  return [
    ...all,
    {
      title: "Revoke",
      cell: (grant) =>
        grant.revoking ? <span class="tag refused">being revoked</span> : <Revoke {...{ path, grant }} />,
    },
  ];
}

function Revoke({ path, grant }: { path: string; grant: GrantView }) {
  const link = (name: string, value: string) => `${path}/revoke?${new URLSearchParams({ [name]: value })}`;
  return (
    <ul class="plain">
      <li>
        <a href={link("grant", grant.id)}>this grant</a>
      </li>
      <li>
        <a href={link("user", grant.userId)}>all of this user</a>
      </li>
      <li>
        <a href={link("client", grant.clientId)}>all of this client</a>
      </li>
    </ul>
  );
}
