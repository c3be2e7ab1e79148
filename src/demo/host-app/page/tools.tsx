// The server's tools, each with a button, and what the last call answered.
import { type FormEvent, useState } from "react";
import type { Tool, ToolAnswer, ToolSet } from "./use-tools.ts";

export function Tools({ tools: { tools, problem, call, reconnect } }: { tools: ToolSet }) {
  const [last, setLast] = useState<{ name: string; answer: ToolAnswer | null } | null>(null);
  const run = async (name: string, args?: Record<string, unknown>) => {
    setLast({ name, answer: null });
    setLast({ name, answer: await call(name, args) });
  };
  return (
    <section className="card" aria-labelledby="tools-title">
      <h2 id="tools-title">Tools</h2>
      {problem !== null && (
        <p className="bad" role="alert">
          {problem}{" "}
          <button type="button" onClick={reconnect}>
            Connect again
          </button>
        </p>
      )}
      {tools === null && problem === null && <p className="quiet">Asking the server what it offers …</p>}
      <ul className="tools">
        {tools?.map((tool) => (
          <ToolRow key={tool.name} tool={tool} busy={last !== null && last.answer === null} run={run} />
        ))}
      </ul>
      {last && (
        <div className="answer" role="log" aria-label={`Answer of ${last.name}`}>
          <p className="label">{last.name}</p>
          {last.answer === null ? (
            <p className="quiet">Calling …</p>
          ) : (
            <pre className={last.answer.failed ? "bad" : ""}>{last.answer.text}</pre>
          )}
        </div>
      )}
    </section>
  );
}

interface ToolRowProps {
  tool: Tool;
  busy: boolean;
  run(name: string, args?: Record<string, unknown>): Promise<void>;
}

function ToolRow({ tool, busy, run }: ToolRowProps) {
  const [title, setTitle] = useState("The printer is on fire");
  const takesTitle = tool.name === "create_ticket";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(tool.name, takesTitle ? { title } : undefined);
  };
  return (
    <li>
      <form onSubmit={submit}>
        <div>
          <code className="name">{tool.name}</code>
          <p className="quiet">{tool.description}</p>
          {takesTitle && (
            <input
              aria-label="Title of the new ticket"
              value={title}
              onChange={(event) => setTitle(event.target.value)}
              required
            />
          )}
        </div>
        <button type="submit" disabled={busy} aria-label={`Call ${tool.name}`}>
          Call
        </button>
      </form>
    </li>
  );
}
