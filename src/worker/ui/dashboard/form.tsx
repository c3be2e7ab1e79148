// Forms: every one carries its token; every field has a label, its hint and its error beside what was typed.
import type { Child } from "hono/jsx";
import type { Field, FormState } from "./fields.ts";

interface Forms {
  formToken(path: string): Promise<string>;
}

/** A form that posts to this path of the dashboard. */
export async function Form(props: { frame: Forms; action: string; class?: string; children?: Child }) {
  const token = await props.frame.formToken(props.action);
  return (
    <form method="post" action={props.action} class={props.class}>
      <input type="hidden" name="form_token" value={token} />
      {props.children}
    </form>
  );
}

export function Fields({ fields, state }: { fields: readonly Field[]; state: FormState }) {
  return (
    <>
      {fields.map((field) => (
        <FieldInput field={field} state={state} />
      ))}
    </>
  );
}

/** What is wrong with the whole, above a form. */
export function Problem({ state }: { state: FormState }) {
  if (state.problem === null && state.errors.size === 0) return null;
  return (
    <div class="bad" role="alert">
      <p>{state.problem ?? "Nothing was saved: see the marked fields."}</p>
    </div>
  );
}

function FieldInput({ field, state }: { field: Field; state: FormState }) {
  const value = state.values.get(field.name) ?? "";
  const error = state.errors.get(field.name);
  const described = [field.hint && `${field.name}-hint`, error && `${field.name}-error`].filter(Boolean).join(" ");
  const common = {
    id: field.name,
    name: field.name,
    ...(described && { "aria-describedby": described }),
    ...(error && { "aria-invalid": "true" as const }),
    ...(field.required && { required: true }),
  };
  if (field.kind === "switch") {
    return (
      <div class="field">
        <label class="check">
          <input type="checkbox" value="true" checked={value === "true"} {...common} />
          <span>{field.label}</span>
        </label>
        <Beside field={field} error={error} />
      </div>
    );
  }
  return (
    <div class="field">
      <label for={field.name}>
        {field.label}
        {field.required || field.bare || field.kind === "choice" ? "" : <small> ({field.mark ?? "optional"})</small>}
      </label>
      {field.hint ? (
        <span class="hint" id={`${field.name}-hint`}>
          {field.hint}
        </span>
      ) : null}
      <Control field={field} value={value} common={common} />
      {error ? (
        <span class="error" id={`${field.name}-error`}>
          {error}
        </span>
      ) : null}
    </div>
  );
}

function Beside({ field, error }: { field: Field; error: string | undefined }) {
  return (
    <>
      {field.hint ? (
        <span class="hint" id={`${field.name}-hint`}>
          {field.hint}
        </span>
      ) : null}
      {error ? (
        <span class="error" id={`${field.name}-error`}>
          {error}
        </span>
      ) : null}
    </>
  );
}

type Common = { id: string; name: string; required?: boolean };

function Control({ field, value, common }: { field: Field; value: string; common: Common }) {
  switch (field.kind) {
    case "choice":
      return (
        <select {...common}>
          {(field.options ?? []).map((option) => (
            <option value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      );
    case "secret":
      return <input type="password" autocomplete="off" {...common} />;
    case "headers":
      return <textarea class="code" autocomplete="off" {...common} />;
    case "lines":
    case "pairs":
    case "issuers":
    case "tools":
    case "members":
      return (
        <textarea class="code" autocomplete="off" {...common}>
          {value}
        </textarea>
      );
    default:
      return (
        <input
          type={field.kind === "number" ? "number" : "text"}
          inputmode={field.kind === "url" ? "url" : undefined}
          class={field.kind === "text" ? undefined : "code"}
          autocomplete="off"
          value={value}
          {...common}
        />
      );
  }
}
