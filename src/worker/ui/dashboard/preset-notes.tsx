// What a provider preset tells an operator: which to choose, what does not work there, and what to set up there.
import { findProviderPreset, type ProviderPreset, providerPresets } from "../../../contract/providers.ts";
import type { Content, Frame } from "./frame.tsx";

/** `form` is the page that shows the fields of the preset which its `provider` parameter names. */
export function presetPicker(frame: Frame, title: string, form: string, crumbs: Content["crumbs"]): Content {
  return {
    title,
    section: "gateways",
    crumbs: crumbs ?? [["Gateways", `${frame.base}/gateways`]],
    body: (
      <section aria-labelledby="providers">
        <h2 id="providers">Where do people sign in?</h2>
        <p>The provider decides which settings are needed. What can come through each of the two doors:</p>
        <ul class="presets">
          {providerPresets.map(({ id, name, doors }) => (
            <li class="card">
              <a href={`${form}?provider=${id}`}>{name}</a>
              <span class="soft">
                MCP clients: {doors.external}. Embedded apps: {doors.embedded}.
              </span>
            </li>
          ))}
        </ul>
      </section>
    ),
  };
}

export function Limits({ preset }: { preset: ProviderPreset }) {
  if (preset.limits.length === 0) return null;
  return (
    <div class="warn">
      {preset.limits.map((limit) => (
        <p>{limit}</p>
      ))}
    </div>
  );
}

/** Of the profile's preset, with this deployment's own callback URL. */
export function SetupChecklist({ providerType, callbackUrl }: { providerType: string; callbackUrl: string }) {
  const preset = findProviderPreset(providerType);
  if (!preset) return null;
  return (
    <section class="card" aria-labelledby="setup">
      <h2 id="setup">Set up {preset.name}</h2>
      <ol>
        {preset.checklist.map((step) => {
          const [before, ...after] = step.split("{callbackUrl}");
          return (
            <li>
              {before}
              {after.map((text) => (
                <>
                  <code>{callbackUrl}</code>
                  {text}
                </>
              ))}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
