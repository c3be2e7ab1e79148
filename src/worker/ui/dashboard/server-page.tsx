// One MCP server: its URL and kind, its gateway, and its settings.
import type { ServerView } from "../../../contract/management/servers.ts";
import type { FormState } from "./fields.ts";
import { Fields, Form, Problem } from "./form.tsx";
import type { Content, Frame } from "./frame.tsx";
import { gatewayChoice, serverUpdateFields, staticHeadersField } from "./server-fields.ts";
import { kindInWords } from "./servers-pages.tsx";
import { Codes, Copy, Facts } from "./table.tsx";

export interface ServerProps {
  frame: Frame;
  server: ServerView;
  state: FormState;
  gateways: readonly { id: string; name: string }[];
}

export function serverPage(props: ServerProps): Content {
  const { frame, server } = props;
  const path = `${frame.base}/servers/${server.id}`;
  return {
    title: server.name,
    section: "servers",
    crumbs: [["Servers", `${frame.base}/servers`]],
    body: (
      <>
        <section class="card" aria-label="Identity">
          <Facts
            facts={[
              ["MCP URL", <Copy id="mcp-url" value={server.mcpUrl} />],
              ["Server ID", <Copy id="server-id" value={server.id} />],
              ["Slug", <code>{server.slug}</code>],
              ["Kind", <span class="tag">{kindInWords[server.authentication]}</span>],
            ]}
          />
        </section>
        {server.authentication === "gateway" ? <Attachment {...props} path={path} /> : <SharedCredential {...props} />}
        {frame.canChange ? <Settings {...props} path={path} /> : <Shown server={server} />}
      </>
    ),
  };
}

function Attachment({ frame, server, gateways, path, state }: ServerProps & { path: string }) {
  const attached = gateways.find((gateway) => gateway.id === server.gatewayId);
  return (
    <section class="card" aria-labelledby="gateway">
      <h2 id="gateway">Gateway</h2>
      {server.gatewayId ? (
        <p>
          <a href={`${frame.base}/gateways/${server.gatewayId}`}>
            <bdi>{attached?.name ?? server.gatewayId}</bdi>
          </a>
          {" · "}
          <a href={`${frame.base}/gateways/${server.gatewayId}/connect`}>Connect</a>
        </p>
      ) : (
        <p>Without a gateway nobody can sign in: attach one.</p>
      )}
      {frame.canChange && gateways.length > 0 ? (
        <Form frame={frame} action={`${path}/gateway`}>
          <Fields fields={[gatewayChoice(gateways)]} state={withGateway(state, server.gatewayId)} />
          <button type="submit">{server.gatewayId ? "Change" : "Attach"}</button>
        </Form>
      ) : null}
      {frame.canChange && gateways.length === 0 ? (
        <p>
          <a class="button go" href={`${frame.base}/gateways/new`}>
            Create gateway
          </a>
        </p>
      ) : null}
    </section>
  );
}

function withGateway(state: FormState, gatewayId: string | null): FormState {
  if (state.values.has("gatewayId")) return state;
  return { ...state, values: new Map([["gatewayId", gatewayId ?? ""]]) };
}

function SharedCredential({ frame, server }: ServerProps) {
  return (
    <section class="card" aria-labelledby="shared">
      <h2 id="shared">Shared credential</h2>
      <p>
        Every call goes to the runtime with the same configured headers
        {server.hasStaticHeaders ? "" : ", and none are configured yet"}. Callers present an{" "}
        <a href={`${frame.base}/tokens`}>API token</a> of role caller. A gateway cannot be attached: it would let
        everyone who signs in act with this one credential.
      </p>
    </section>
  );
}

function Settings({ frame, server, state, path }: ServerProps & { path: string }) {
  const fields =
    server.authentication === "static_headers" ? [...serverUpdateFields, staticHeadersField] : serverUpdateFields;
  return (
    <>
      <Form frame={frame} action={path}>
        <Problem state={state} />
        <fieldset class="card">
          <legend>Settings</legend>
          <Fields fields={fields} state={state} />
          <button type="submit" class="go">
            Save
          </button>
        </fieldset>
      </Form>
      <p class="actions">
        <a class="button danger" href={`${path}/delete`}>
          Delete server
        </a>
      </p>
    </>
  );
}

function Shown({ server }: { server: ServerView }) {
  return (
    <section class="card" aria-label="Settings">
      <Facts
        facts={[
          ["Runtime URL", server.runtimeUrl],
          ["Scopes", <Codes values={server.scopes} />],
          [
            "Tools with scopes",
            server.tools.map((tool) => `${tool.name}: ${tool.scopes.join(" ")}`).join("; ") || null,
          ],
          [
            "Scopes that include others",
            server.broaderScopes.map(({ name, scopes }) => `${name}: ${scopes.join(" ")}`).join("; ") || null,
          ],
          ["Allowed web origins", <Codes values={server.allowedOrigins} />],
        ]}
      />
    </section>
  );
}
