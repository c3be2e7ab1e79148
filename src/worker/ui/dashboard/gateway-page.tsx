// One gateway: its tabs, and the two plain ones: settings with the callback URL, and the servers that use it.
import type { Child } from "hono/jsx";
import type { GatewayView } from "../../../contract/management/gateways.ts";
import type { FormState } from "./fields.ts";
import { Form } from "./form.tsx";
import type { Content, Frame } from "./frame.tsx";
import { gatewayFacts } from "./gateway-facts.tsx";
import { gatewayFields } from "./gateway-fields.ts";
import { type Discovered, GatewayForm, presetOrAny } from "./gateway-form.tsx";
import { SetupChecklist } from "./preset-notes.tsx";
import { type Column, Copy, Empty, Facts, Table } from "./table.tsx";

const tabs = [
  ["", "Settings"],
  ["/servers", "Servers"],
  ["/check", "Check"],
  ["/connect", "Connect"],
  ["/grants", "Grants and users"],
  ["/logs", "Logs"],
] as const;

export type GatewayTab = (typeof tabs)[number][0];

/** Every page of a gateway: its name, its tabs, and below them what the tab shows. */
export function gatewayTabPage(frame: Frame, gateway: GatewayView, current: GatewayTab, body: Child): Content {
  const path = `${frame.base}/gateways/${gateway.id}`;
  return {
    title: gateway.name,
    section: "gateways",
    crumbs: [["Gateways", `${frame.base}/gateways`]],
    body: (
      <>
        <nav aria-label="Gateway">
          <ul class="tabs inner">
            {tabs.map(([end, name]) => (
              <li>
                <a href={path + end} {...(end === current ? { "aria-current": "page" } : {})}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {body}
      </>
    ),
  };
}

export function settingsTab(
  frame: Frame,
  gateway: GatewayView,
  state: FormState,
  discovered: Discovered | null,
  /** What is to be done at the provider comes first. */
  justCreated = false,
): Content {
  const preset = presetOrAny(state.values.get("providerType"));
  const path = `${frame.base}/gateways/${gateway.id}`;
  return gatewayTabPage(
    frame,
    gateway,
    "",
    <>
      <Warnings gateway={gateway} path={frame.canChange ? path : null} />
      {justCreated ? <SetupChecklist providerType={gateway.providerType} callbackUrl={gateway.callbackUrl} /> : null}
      <section class="card" aria-label="Identity">
        <Facts
          facts={[
            ["Callback URL", <Copy id="callback-url" value={gateway.callbackUrl} />],
            ["Gateway ID", <Copy id="gateway-id" value={gateway.id} />],
            ["Issuer of its users", gateway.pinnedIssuer ?? "unknown until the provider has been read"],
            ["Client secret", secretText(gateway)],
          ]}
        />
        <p class="soft">Register the callback URL at the provider, to the letter: no slash more, no slash less.</p>
      </section>
      {frame.canChange ? (
        <>
          {preset.id === gateway.providerType ? null : (
            <p class="warn">The provider becomes {preset.name} when you save.</p>
          )}
          <GatewayForm
            frame={frame}
            preset={preset}
            choose={`${path}/provider`}
            action={path}
            submit="Save"
            state={state}
            discovered={discovered}
          />
          <Preregistered gateway={gateway} />
          <SecretForm frame={frame} path={path} gateway={gateway} />
          <p class="actions">
            <a class="button danger" href={`${path}/delete`}>
              Delete gateway
            </a>
          </p>
        </>
      ) : (
        <>
          <section class="card" aria-label="Settings">
            <Facts facts={gatewayFacts(gateway)} />
          </section>
          <Preregistered gateway={gateway} />
        </>
      )}
    </>,
  );
}

/** What is saved and will probably not work. `path` is the form's, for who may change it. */
function Warnings({ gateway, path }: { gateway: GatewayView; path: string | null }) {
  const labels = new Map(gatewayFields.map(({ name, label }) => [name, label]));
  return (
    <>
      {gateway.warnings.map(({ field, message, suggested }) => (
        <div class="warn">
          <p>
            <strong>{labels.get(field) ?? field}</strong>: {message}
          </p>
          <p>
            Probably meant: <code>{suggested}</code>{" "}
            {path && field === "providerType" ? <a href={`${path}?provider=${suggested}`}>Switch to it</a> : null}
          </p>
        </div>
      ))}
    </>
  );
}

function secretText(gateway: GatewayView): string {
  if (gateway.hasPreviousClientSecret) return "set; the one before it is still tried";
  return gateway.hasClientSecret ? "set" : "none";
}

function SecretForm({ frame, path, gateway }: { frame: Frame; path: string; gateway: GatewayView }) {
  if (!gateway.hasClientSecret) return null;
  return (
    <Form frame={frame} action={`${path}/secret`} class="actions">
      {gateway.hasPreviousClientSecret ? (
        <button type="submit" name="intent" value="drop">
          Drop the former client secret
        </button>
      ) : null}
      <button type="submit" name="intent" value="remove" class="danger">
        Remove the client secret
      </button>
    </Form>
  );
}

type Preregistered = GatewayView["clientPolicy"]["preregistered"][number];

function Preregistered({ gateway }: { gateway: GatewayView }) {
  const { preregistered } = gateway.clientPolicy;
  if (preregistered.length === 0) return null;
  const columns: Column<Preregistered>[] = [
    { title: "Client", heading: true, cell: (client) => <bdi>{client.clientName}</bdi> },
    { title: "Client ID", class: "wide", cell: (client) => <code>{client.clientId}</code> },
    { title: "Redirect URIs", class: "wide", cell: (client) => client.redirectUris.join(" ") },
    { title: "Secret", cell: (client) => (client.hasClientSecret ? "yes" : "no") },
  ];
  return <Table caption="Pre-registered MCP clients, changed through the API" columns={columns} rows={preregistered} />;
}

type Linked = GatewayView["servers"][number];

export function serversTab(frame: Frame, gateway: GatewayView): Content {
  const columns: Column<Linked>[] = [
    {
      title: "Server",
      heading: true,
      class: "wide",
      cell: (server) => (
        <a href={`${frame.base}/servers/${server.id}`}>
          <bdi>{server.name}</bdi>
        </a>
      ),
    },
    { title: "Slug", cell: (server) => <code>{server.slug}</code> },
  ];
  const body =
    gateway.servers.length === 0 ? (
      <Empty title="No server uses this gateway">
        <p>Attach it on the page of an existing server, or create a server with it.</p>
        {frame.canChange ? (
          <p>
            <a class="button go" href={`${frame.base}/servers/new?gateway=${gateway.id}`}>
              Create server
            </a>
          </p>
        ) : null}
      </Empty>
    ) : (
      <Table caption="Servers that this gateway is attached to" columns={columns} rows={gateway.servers} />
    );
  return gatewayTabPage(frame, gateway, "/servers", body);
}
