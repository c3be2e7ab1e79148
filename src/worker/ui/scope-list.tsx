// What an app may do, scope by scope: in words where there are some, and as the server calls it.
import { scopeInWords } from "./scope-words.ts";

export function ScopeList({ scopes }: { scopes: readonly string[] }) {
  if (scopes.length === 0) {
    return <p>It may call the server's tools as you. The server names no narrower permissions.</p>;
  }
  return (
    <ul>
      {scopes.map((scope) => {
        const inWords = scopeInWords(scope);
        return (
          <li>
            {inWords ? (
              <>
                {inWords} <code>{scope}</code>
              </>
            ) : (
              <code>{scope}</code>
            )}
          </li>
        );
      })}
    </ul>
  );
}
