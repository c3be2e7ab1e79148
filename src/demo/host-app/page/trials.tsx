// A switch for what goes wrong in practice: another token than the right one, and a page on another origin.
import type { HostAppConfig } from "./config.ts";
import type { TokenKind } from "./session.ts";

const choices: { kind: TokenKind; name: string; meaning: string }[] = [
  { kind: "access", name: "Its own access token", meaning: "issued for the API that the gateway’s profile names" },
  { kind: "another-api", name: "A token for another API", meaning: "genuine, same provider, but the wrong audience" },
  { kind: "expired", name: "A token that has ended", meaning: "for the right API, an hour too late" },
  { kind: "id", name: "The ID token", meaning: "tells the app who signed in; it opens no API" },
];

interface TrialsProps {
  config: HostAppConfig;
  chosen: TokenKind;
  onChoose: (kind: TokenKind) => void;
}

export function Trials({ config, chosen, onChoose }: TrialsProps) {
  return (
    <section className="card" aria-labelledby="trials-title">
      <h2 id="trials-title">See it go wrong</h2>
      <fieldset>
        <legend>What the app hands to its agent</legend>
        {choices.map(({ kind, name, meaning }) => (
          <label key={kind}>
            <input type="radio" name="token" checked={kind === chosen} onChange={() => onChoose(kind)} />
            <span>
              {name} <span className="quiet">{meaning}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {location.origin !== config.unlistedOrigin && (
        <p>
          The same app on an origin that the agent does not list:{" "}
          <a href={config.unlistedOrigin}>{config.unlistedOrigin}</a>
        </p>
      )}
    </section>
  );
}
