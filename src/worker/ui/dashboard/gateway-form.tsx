// The form of a gateway profile: what its provider needs, and behind a fold the rest; discovery is checked on the way.
import { findProviderPreset, type ProviderPreset, recogniseProvider } from "../../../contract/providers.ts";
import type { FormState } from "./fields.ts";
import { Fields, Form, Problem } from "./form.tsx";
import type { Frame } from "./frame.tsx";
import { fieldsOfPreset, furtherFields } from "./gateway-fields.ts";
import { Limits } from "./preset-notes.tsx";

/** What looking for the provider's metadata brought. */
export interface Discovered {
  ok: boolean;
  text: string;
  /** The preset that the address belongs to, when it is not the chosen one. */
  other: { id: string; name: string } | null;
}

const watched = ["authorizationServerUrl", "metadataUrl", "issuer"].join(" ");

export async function GatewayForm(props: {
  frame: Frame;
  preset: ProviderPreset;
  /** Where another preset is chosen. */
  choose: string;
  action: string;
  submit: string;
  state: FormState;
  discovered: Discovered | null;
}) {
  const { frame, preset, state, discovered } = props;
  const discovery = `${frame.base}/gateways/discovery`;
  const token = await frame.formToken(discovery);
  return (
    <Form frame={frame} action={props.action}>
      <Problem state={state} />
      <input type="hidden" name="providerType" value={preset.id} />
      <fieldset class="card">
        <legend>{preset.name}</legend>
        <p>
          <a href={props.choose}>Choose another provider</a>
        </p>
        <Limits preset={preset} />
        <Fields fields={fieldsOfPreset(preset)} state={state} />
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
          <SwitchPreset other={discovered?.other ?? null} />
        </p>
      </fieldset>
      <MoreSettings preset={preset} state={state} />
      <p class="actions">
        <button type="submit" class="go">
          {props.submit}
        </button>
      </p>
    </Form>
  );
}

/** The same form for the preset that fits the address, with what was typed. Script shows it when the address changes. */
function SwitchPreset({ other }: { other: Discovered["other"] }) {
  return (
    <button type="submit" name="switch" value={other?.id ?? ""} data-switch formnovalidate hidden={other === null}>
      {other ? `Switch to ${other.name}` : "Switch"}
    </button>
  );
}

/** Open where something inside is wrong. */
function MoreSettings({ preset, state }: { preset: ProviderPreset; state: FormState }) {
  const further = furtherFields(preset);
  const open = further.some(({ fields }) => fields.some(({ name }) => state.errors.has(name)));
  return (
    <details class="card" open={open}>
      <summary>More settings</summary>
      {further.map(({ title, fields }) => (
        <fieldset>
          <legend>{title}</legend>
          <Fields fields={fields} state={state} />
        </fieldset>
      ))}
    </details>
  );
}

/** The preset that an address belongs to by its host, when that is not the chosen one. */
export function otherPreset(url: string | null, chosen: string): Discovered["other"] {
  const known = url === null ? null : recogniseProvider(url);
  return known === null || known.id === chosen ? null : { id: known.id, name: known.name };
}

/** For a form: an id that is none stands for any server. */
export function presetOrAny(id: string | null | undefined): ProviderPreset {
  const found = findProviderPreset(id ?? "") ?? findProviderPreset("manual");
  if (!found) throw new Error("there is no preset for any server");
  return found;
}
