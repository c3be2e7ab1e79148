// Tables that scroll inside themselves, pages of lists, times, copy buttons and what an empty list says.
import type { Child } from "hono/jsx";

export interface Column<T> {
  title: string;
  cell(row: T): Child;
  /** Names the row. */
  heading?: boolean;
  class?: "number" | "wide";
}

export function Table<T>(props: { caption: string; columns: readonly Column<T>[]; rows: readonly T[]; id?: string }) {
  const caption = `caption-${props.caption.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
  return (
    <section class="scroll" tabindex={0} aria-labelledby={caption} id={props.id}>
      <table>
        <caption id={caption}>{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th scope="col" class={column.class}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr>
              {props.columns.map((column) =>
                column.heading ? (
                  <th scope="row" class={column.class}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td class={column.class}>{column.cell(row)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export interface Paged<T> {
  items: readonly T[];
  page: number;
  pageSize: number;
  total: number;
}

/** `query` keeps the filters of the list. */
export function Pager({ list, path, query = "" }: { list: Paged<unknown>; path: string; query?: string }) {
  const pages = Math.max(1, Math.ceil(list.total / list.pageSize));
  if (pages === 1 && list.page === 1) return null;
  const link = (page: number) => `${path}?${query ? `${query}&` : ""}page=${page}`;
  return (
    <nav class="pager" aria-label="Pages">
      {list.page > 1 ? <a href={link(Math.min(list.page - 1, pages))}>Previous</a> : null}
      <span>
        Page {list.page} of {pages}, {list.total} in all
      </span>
      {list.page < pages ? <a href={link(list.page + 1)}>Next</a> : null}
    </nav>
  );
}

/** Minutes are enough for people; the exact time is in the markup. */
export function Time({ at }: { at: string | null }) {
  if (at === null) return <span class="soft">never</span>;
  return <time datetime={at}>{`${at.slice(0, 10)} ${at.slice(11, 16)}`}</time>;
}

/** To the second, for logs. */
export function Instant({ at }: { at: string }) {
  return <time datetime={at}>{`${at.slice(0, 10)} ${at.slice(11, 19)}`}</time>;
}

/** A value to be taken elsewhere to the letter. The button appears where script runs. */
export function Copy({ id, value }: { id: string; value: string }) {
  return (
    <span class="copy">
      <code id={id}>{value}</code>
      <button type="button" class="small" data-copy={id} hidden>
        Copy
      </button>
    </span>
  );
}

export function Empty({ title, children }: { title: string; children?: Child }) {
  return (
    <div class="card empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Name and value, one above the other on a phone. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: Child])[] }) {
  return (
    <dl>
      {facts.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value ?? <span class="soft">not set</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Codes({ values }: { values: readonly string[] }) {
  if (values.length === 0) return <span class="soft">none</span>;
  return (
    <>
      {values.map((value, index) => (
        <>
          {index > 0 ? " " : null}
          <code>{value}</code>
        </>
      ))}
    </>
  );
}
