// API tokens: the list, a new one whose text is shown once, and the organization that they belong to.
import type { OrganizationView } from "../../../contract/management/organizations.ts";
import type { TokenCreated, TokenView } from "../../../contract/management/tokens.ts";
import type { Field, FormState } from "./fields.ts";
import { Fields, Form, Problem } from "./form.tsx";
import type { Content, Frame } from "./frame.tsx";
import { type Column, Copy, Empty, Facts, type Paged, Pager, Table, Time } from "./table.tsx";

export const tokenFields: readonly Field[] = [
  { name: "name", label: "Name", kind: "text", required: true, hint: "Who or what uses it, such as CI." },
  {
    name: "role",
    label: "Role",
    kind: "choice",
    options: [
      { value: "viewer", label: "viewer: reads everything" },
      { value: "admin", label: "admin: changes everything" },
      { value: "caller", label: "caller: may only call static headers servers" },
    ],
  },
];

export function tokensPage(frame: Frame, list: Paged<TokenView>, state: FormState): Content {
  const path = `${frame.base}/tokens`;
  const columns: Column<TokenView>[] = [
    { title: "Name", heading: true, class: "wide", cell: (token) => <bdi>{token.name}</bdi> },
    { title: "Role", cell: (token) => token.role },
    { title: "ID", cell: (token) => <code>{token.id}</code> },
    { title: "Created", cell: (token) => <Time at={token.createdAt} /> },
    { title: "Last used", cell: (token) => <Time at={token.lastUsedAt} /> },
    {
      title: "State",
      cell: (token) =>
        token.revokedAt ? (
          <>
            revoked <Time at={token.revokedAt} />
          </>
        ) : frame.canChange ? (
          <a href={`${path}/${token.id}/revoke`}>Revoke</a>
        ) : (
          "living"
        ),
    },
  ];
  return {
    title: "API tokens",
    section: "tokens",
    body: (
      <>
        {list.total === 0 ? (
          <Empty title="No API token yet">
            <p>Tokens let the CLI, programs and people manage this organization.</p>
          </Empty>
        ) : (
          <Table caption="API tokens" columns={columns} rows={list.items} />
        )}
        <Pager list={list} path={path} />
        {frame.canChange ? (
          <Form frame={frame} action={path} class="card">
            <h2>Create a token</h2>
            <Problem state={state} />
            <Fields fields={tokenFields} state={state} />
            <button type="submit" class="go">
              Create token
            </button>
          </Form>
        ) : null}
      </>
    ),
  };
}

export function tokenShownPage(frame: Frame, created: TokenCreated): Content {
  return {
    title: "Token created",
    section: "tokens",
    crumbs: [["API tokens", `${frame.base}/tokens`]],
    body: (
      <section class="card">
        <p class="warn" role="status">
          Copy it now. Only its hash is kept, and it is never shown again.
        </p>
        <Facts
          facts={[
            ["Token", <Copy id="token" value={created.token} />],
            ["Name", <bdi>{created.name}</bdi>],
            ["Role", created.role],
          ]}
        />
        <p>
          <a href={`${frame.base}/tokens`}>I have copied it</a>
        </p>
      </section>
    ),
  };
}

export const organizationFields: readonly Field[] = [
  { name: "name", label: "Name", kind: "text", required: true },
  {
    name: "dashboardMembers",
    label: "People who may sign in to this dashboard",
    kind: "members",
    hint: "One per line: an e-mail address or a domain, a blank, admin or viewer. Used where the deployment has a sign-in provider.",
  },
];

export function organizationPage(
  frame: Frame,
  organization: OrganizationView,
  state: FormState,
  mayDelete: boolean,
): Content {
  const path = `${frame.base}/organization`;
  const members = organization.dashboardMembers.map(
    (member) => `${"email" in member ? member.email : member.domain} (${member.role})`,
  );
  return {
    title: "Organization",
    section: "organization",
    body: (
      <>
        <section class="card" aria-label="Identity">
          <Facts
            facts={[
              ["Name", <bdi>{organization.name}</bdi>],
              ["Organization ID", <Copy id="organization-id" value={organization.id} />],
              ["May sign in", members.length > 0 ? members.join(", ") : "holders of an API token"],
              ["Created", <Time at={organization.createdAt} />],
            ]}
          />
        </section>
        {frame.canChange ? (
          <Form frame={frame} action={path}>
            <Problem state={state} />
            <fieldset class="card">
              <legend>Settings</legend>
              <Fields fields={organizationFields} state={state} />
              <button type="submit" class="go">
                Save
              </button>
            </fieldset>
          </Form>
        ) : null}
        {mayDelete ? (
          <p class="actions">
            <a class="button danger" href={`${path}/delete`}>
              Delete organization
            </a>
          </p>
        ) : null}
      </>
    ),
  };
}
