// Signing in, with an API token or through the deployment's own provider; and choosing an organization afterwards.
import type { OrganizationView } from "../../../contract/management/organizations.ts";
import type { FormState } from "./fields.ts";
import { Fields, Form, Problem } from "./form.tsx";
import type { Content, Frame } from "./frame.tsx";
import { type Column, Empty, type Paged, Pager, Table, Time } from "./table.tsx";

export interface SignInProps {
  forms: Pick<Frame, "formToken">;
  state: FormState;
  /** A path of the dashboard to go on to. */
  next: string;
  /** Host of the provider, when people may sign in there. */
  provider: string | null;
}

const tokenField = [
  {
    name: "token",
    label: "API token",
    kind: "secret",
    required: true,
    hint: "mcpstack_sk_… of role admin or viewer, or the deployment's ADMIN_TOKEN.",
  },
] as const;

export function signInPage({ forms, state, next, provider }: SignInProps): Content {
  return {
    title: "Sign in",
    body: (
      <>
        {provider ? (
          <section class="card">
            <p>
              <a class="button go" href={`/dashboard/sign-in/provider?next=${encodeURIComponent(next)}`}>
                Sign in with {provider}
              </a>
            </p>
          </section>
        ) : null}
        <section class="card">
          <Form frame={forms} action="/dashboard/sign-in">
            <Problem state={state} />
            <input type="hidden" name="next" value={next} />
            <Fields fields={tokenField} state={state} />
            <button type="submit" class={provider ? undefined : "go"}>
              Sign in
            </button>
          </Form>
        </section>
        <p class="soft">The session ends after 12 hours, or as soon as the token is revoked.</p>
      </>
    ),
  };
}

/** Between a page of another site and one of ours, so that the browser sends the session's cookie with the next step. */
export function passagePage(to: string): Content {
  return {
    title: "One moment",
    body: (
      <p>
        <a href={to}>Go on to the dashboard</a>
      </p>
    ),
  };
}

export function signInRefusedPage(message: string): Content {
  return {
    title: "Not signed in",
    body: (
      <section class="card">
        <p>{message}</p>
        <p>
          <a href="/dashboard/sign-in">Sign in in another way</a>
        </p>
      </section>
    ),
  };
}

export function organizationsPage(
  frame: Frame,
  list: Paged<OrganizationView>,
  create: FormState | null,
  fields: Parameters<typeof Fields>[0]["fields"],
): Content {
  const columns: Column<OrganizationView>[] = [
    {
      title: "Organization",
      heading: true,
      class: "wide",
      cell: (one) => (
        <a href={`/dashboard/${one.id}/gateways`}>
          <bdi>{one.name}</bdi>
        </a>
      ),
    },
    { title: "ID", cell: (one) => <code>{one.id}</code> },
    { title: "Created", cell: (one) => <Time at={one.createdAt} /> },
  ];
  return {
    title: "Organizations",
    body: (
      <>
        {list.total === 0 ? (
          <Empty title="No organization yet">
            <p>An organization owns gateways, servers, agents and tokens. Create the first one below.</p>
          </Empty>
        ) : (
          <Table caption="Choose an organization" columns={columns} rows={list.items} />
        )}
        <Pager list={list} path="/dashboard/organizations" />
        {create ? (
          <section class="card" aria-labelledby="create">
            <h2 id="create">Create an organization</h2>
            <Form frame={frame} action="/dashboard/organizations">
              <Problem state={create} />
              <Fields fields={fields} state={create} />
              <button type="submit" class="go">
                Create organization
              </button>
            </Form>
          </section>
        ) : null}
      </>
    ),
  };
}
