// Before something is gone: what it touches, and one button that does it.
import { Form } from "./form.tsx";
import type { Content, Frame } from "./frame.tsx";

export interface Confirmation {
  title: string;
  section: string;
  crumbs: readonly [string, string][];
  /** What happens, a sentence each. */
  consequences: readonly string[];
  submit: string;
  action: string;
  /** Sent along with the answer. */
  hidden?: Readonly<Record<string, string>>;
  /** Where "Keep it" leads. */
  back: string;
  /** Why it cannot be done now; the button is then not there. */
  obstacle?: string | null;
}

export function confirmPage(frame: Frame, props: Confirmation): Content {
  return {
    title: props.title,
    section: props.section,
    crumbs: props.crumbs,
    body: (
      <section class="card">
        {props.obstacle ? (
          <div class="bad" role="alert">
            <p>{props.obstacle}</p>
          </div>
        ) : null}
        <ul>
          {props.consequences.map((text) => (
            <li>{text}</li>
          ))}
        </ul>
        <Form frame={frame} action={props.action} class="actions">
          {Object.entries(props.hidden ?? {}).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <a class="button" href={props.back}>
            {props.obstacle ? "Back" : "Keep it"}
          </a>
          {props.obstacle ? null : (
            <button type="submit" class="danger">
              {props.submit}
            </button>
          )}
        </Form>
      </section>
    ),
  };
}

/** "1 grant", "3 grants", "no grant". */
export function counted(count: number, noun: string): string {
  if (count === 0) return `no ${noun}`;
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
