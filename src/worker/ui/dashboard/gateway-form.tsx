// The form of a gateway profile: what everyone fills, and behind a fold what few do; discovery is checked on the way.
import type { Child } from "hono/jsx";
import type { Field, FormState } from "./fields.ts";
import { Fields, Form, Problem } from "./form.tsx";
import type { Frame } from "./frame.tsx";
import { detailFields, discoveryFields, embeddedFields, policyFields, providerFields } from "./gateway-fields.ts";

/** What looking for the provider's metadata brought. */
export interface Discovered {
  ok: boolean;
  text: string;
}

const watched = ["authorizationServerUrl", "providerType", "metadataUrl", "issuer"].join(" ");

export async function GatewayForm(props: {
  frame: Frame;
  action: string;
  submit: string;
  state: FormState;
  discovered: Discovered | null;
}) {
  const { frame, state, discovered } = props;
  const discovery = `${frame.base}/gateways/discovery`;
  const token = await frame.formToken(discovery);
  return (
    <Form frame={frame} action={props.action}>
      <Problem state={state} />
      <fieldset class="card">
        <legend>Provider</legend>
        <Fields fields={providerFields} state={state} />
        <output
          data-discovery={discovery}
          data-token={token}
          data-watch={watched}
          class={discovered ? (discovered.ok ? "note" : "warn") : ""}
        >
          {discovered?.text ?? ""}
        </output>
        <p class="actions">
          <button type="submit" name="intent" value="check" formnovalidate>
            Check discovery
          </button>
        </p>
      </fieldset>
      <Folded title="Discovery by hand" fields={discoveryFields} state={state} />
      <Folded title="Claims, parameters and lifetimes" fields={detailFields} state={state} />
      <Folded title="MCP clients" fields={policyFields} state={state} />
      <Folded title="Embedded apps" fields={embeddedFields} state={state} />
      <p class="actions">
        <button type="submit" class="go">
          {props.submit}
        </button>
      </p>
    </Form>
  );
}

/** Open where something inside is wrong. */
export function Folded(props: { title: string; fields: readonly Field[]; state: FormState; children?: Child }) {
  const open = props.fields.some((field) => props.state.errors.has(field.name));
  return (
    <details class="card" open={open}>
      <summary>{props.title}</summary>
      <Fields fields={props.fields} state={props.state} />
      {props.children}
    </details>
  );
}
