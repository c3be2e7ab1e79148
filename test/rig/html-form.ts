// Reads the one form of a page, as a browser without script would send it.

export interface HtmlForm {
  method: "GET" | "POST";
  action: URL;
  /** Inputs in order of appearance, with the value that the page put there. */
  inputs: { name: string; value: string; type: string }[];
  buttons: { name: string; value: string }[];
}

/** The first form that has a submit button named `decision`, else the first form; null when there is none. */
export function findForm(html: string, page: URL): HtmlForm | null {
  const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, tag = "", body = ""]) => {
    const attributes = attributesOf(tag);
    return {
      method: attributes.get("method")?.toUpperCase() === "POST" ? ("POST" as const) : ("GET" as const),
      action: new URL(attributes.get("action") ?? page.href, page),
      inputs: elements(body, "input").map((input) => ({
        name: input.get("name") ?? "",
        value: input.get("value") ?? "",
        type: input.get("type") ?? "text",
      })),
      buttons: elements(body, "button").map((button) => ({
        name: button.get("name") ?? "",
        value: button.get("value") ?? "",
      })),
    };
  });
  return forms.find((form) => form.buttons.some((button) => button.name === "decision")) ?? forms[0] ?? null;
}

function elements(html: string, tag: string): Map<string, string>[] {
  return [...html.matchAll(new RegExp(`<${tag}\\b([^>]*)>`, "gi"))].map(([, attributes = ""]) =>
    attributesOf(attributes),
  );
}

function attributesOf(text: string): Map<string, string> {
  const found = text.matchAll(/([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi);
  return new Map([...found].map(([, name = "", a, b, c]) => [name.toLowerCase(), decode(a ?? b ?? c ?? "")]));
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return entities[name] ?? whole;
  });
}
