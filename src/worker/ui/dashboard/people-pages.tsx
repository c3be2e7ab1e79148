// App users who were seen, and the audit trail of who changed what.
import type { AuditView } from "../../../contract/management/audit.ts";
import type { UserView } from "../../../contract/management/users.ts";
import type { Content, Frame } from "./frame.tsx";
import { Codes, type Column, Empty, Instant, type Paged, Pager, Table, Time } from "./table.tsx";

export function usersPage(frame: Frame, list: Paged<UserView>): Content {
  const columns: Column<UserView>[] = [
    { title: "User", heading: true, class: "wide", cell: (user) => <bdi>{user.email ?? user.subject}</bdi> },
    { title: "Subject", class: "wide", cell: (user) => <code>{user.subject}</code> },
    { title: "Workspace", class: "wide", cell: (user) => <bdi>{user.workspace}</bdi> },
    { title: "Issuer", class: "wide", cell: (user) => user.issuer },
    { title: "Came by", cell: (user) => user.channels.join(", ") },
    { title: "Last seen", cell: (user) => <Time at={user.lastSeenAt} /> },
    { title: "ID", cell: (user) => <code>{user.id}</code> },
  ];
  return {
    title: "Users",
    section: "users",
    body:
      list.total === 0 ? (
        <Empty title="Nobody has signed in yet">
          <p>
            A person appears here once, whichever door they came by. The Connect tab of a{" "}
            <a href={`${frame.base}/gateways`}>gateway</a> has what a client needs for the first sign-in.
          </p>
        </Empty>
      ) : (
        <>
          <p>
            People see and take back what they allowed on their own <a href="/account">account page</a>.
          </p>
          <Table caption="App users, last seen first" columns={columns} rows={list.items} />
          <Pager list={list} path={`${frame.base}/users`} />
        </>
      ),
  };
}

export function auditPage(frame: Frame, list: Paged<AuditView>): Content {
  const columns: Column<AuditView>[] = [
    { title: "Time (UTC)", heading: true, cell: (entry) => <Instant at={entry.at} /> },
    { title: "Who", class: "wide", cell: (entry) => <bdi>{entry.actor}</bdi> },
    { title: "What", cell: (entry) => entry.action },
    { title: "On", class: "wide", cell: (entry) => <code>{entry.target}</code> },
    { title: "Fields", class: "wide", cell: (entry) => <Codes values={entry.fields} /> },
  ];
  return {
    title: "Audit",
    section: "audit",
    body:
      list.total === 0 ? (
        <Empty title="Nothing was changed yet">
          <p>Every change by API, CLI or dashboard is written here, with the names of its fields.</p>
        </Empty>
      ) : (
        <>
          <Table caption="Changes, newest first" columns={columns} rows={list.items} />
          <Pager list={list} path={`${frame.base}/audit`} />
        </>
      ),
  };
}
