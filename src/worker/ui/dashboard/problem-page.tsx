// Pages for what is not there, may not be done, or failed.
import type { Content } from "./frame.tsx";

export function problemPage(title: string, message: string, requestId: string, back: string): Content {
  return {
    title,
    body: (
      <section class="card">
        <p>{message}</p>
        <p>
          <a href={back}>Go on from the start</a>
        </p>
        <p class="soft">
          Request <code>{requestId}</code>
        </p>
      </section>
    ),
  };
}
