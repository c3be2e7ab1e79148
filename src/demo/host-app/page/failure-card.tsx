// Why the agent does not work: the reason code, what was expected and seen, and what a browser keeps to itself.
import type { AppAgentFailure } from "mcp-stack-gateway/sdk/react";
import { useEffect, useState } from "react";
import { type GatewayWords, gatewayWords } from "./config.ts";

export function FailureCard({ failure, onRetry }: { failure: AppAgentFailure; onRetry: () => void }) {
  return (
    <section className="card failure" role="alert" aria-labelledby="failure-title">
      <h2 id="failure-title">
        <code data-fact="reason">{failure.reason}</code>
      </h2>
      <p>{failure.message}</p>
      <Facts {...failure} />
      {failure.reason === "network" && <FromTheGateway />}
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </section>
  );
}

function Facts({ field, expected, seen, requestId }: Partial<AppAgentFailure>) {
  const rows = Object.entries({ Field: field, Expected: expected, Seen: seen, Request: requestId });
  return (
    <dl className="facts">
      {rows.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code data-fact={name.toLowerCase()}>{value}</code>
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** A page may not read an answer that CORS keeps from it; the app's server may, and asks without any token. */
function FromTheGateway() {
  const [words, setWords] = useState<GatewayWords | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const ask = async () => {
      const response = await fetch("/what-the-gateway-says", { signal: leaving.signal });
      setWords(gatewayWords.parse(await response.json()));
    };
    ask().catch((error: unknown) => leaving.signal.aborted || console.error(error));
    return () => leaving.abort();
  }, []);
  if (words === null) return null;
  return (
    <div className="aside" data-fact="gateway-words">
      <p>
        The browser does not show this page what the gateway answered. Asked by the app’s server with this page’s
        origin, the gateway says <strong>{words.status}</strong> <code>{words.reason}</code>: {words.message}
      </p>
      <Facts expected={words.expected} seen={words.seen} />
    </div>
  );
}
