// Gateways: the list, and the page that creates one.
import type { GatewayView } from "../../../contract/management/gateways.ts";
import { findProviderPreset } from "../../../contract/providers.ts";
import type { FormState } from "./fields.ts";
import type { Content, Frame } from "./frame.tsx";
import { type Discovered, GatewayForm, presetOrAny } from "./gateway-form.tsx";
import { Codes, type Column, Empty, type Paged, Pager, Table, Time } from "./table.tsx";

export function gatewaysPage(frame: Frame, list: Paged<GatewayView>): Content {
  const path = `${frame.base}/gateways`;
  const columns: Column<GatewayView>[] = [
    {
      title: "Name",
      heading: true,
      class: "wide",
      cell: (gateway) => (
        <a href={`${path}/${gateway.id}`}>
          <bdi>{gateway.name}</bdi>
        </a>
      ),
    },
    { title: "Provider", cell: (gateway) => findProviderPreset(gateway.providerType)?.name ?? gateway.providerType },
    {
      title: "Authorization server",
      class: "wide",
      cell: (gateway) => gateway.authorizationServerUrl ?? gateway.metadataUrl ?? "by hand",
    },
    { title: "Servers", cell: (gateway) => <Codes values={gateway.servers.map((server) => server.slug)} /> },
    { title: "Changed", cell: (gateway) => <Time at={gateway.updatedAt} /> },
  ];
  const create = (
    <a class="button go" href={`${path}/new`}>
      Create gateway
    </a>
  );
  return {
    title: "Gateways",
    section: "gateways",
    actions: list.total > 0 ? create : null,
    body:
      list.total === 0 ? (
        <Empty title="No gateway yet">
          <p>
            A gateway profile holds the OAuth settings of one authorization server. Have its issuer URL, a client ID and
            the API's audience at hand.
          </p>
          {frame.canChange ? <p>{create}</p> : <p>A token of role admin can create one.</p>}
        </Empty>
      ) : (
        <>
          <Table caption="Gateway profiles" columns={columns} rows={list.items} />
          <Pager list={list} path={path} />
        </>
      ),
  };
}

export function gatewayCreatePage(frame: Frame, state: FormState, discovered: Discovered | null): Content {
  return {
    title: "Create gateway",
    section: "gateways",
    crumbs: [["Gateways", `${frame.base}/gateways`]],
    body: (
      <>
        <p>The callback URL to register at the provider is shown as soon as the profile is saved.</p>
        <GatewayForm
          frame={frame}
          preset={presetOrAny(state.values.get("providerType"))}
          choose={`${frame.base}/gateways/new`}
          action={`${frame.base}/gateways/new`}
          submit="Create gateway"
          state={state}
          discovered={discovered}
        />
      </>
    ),
  };
}
