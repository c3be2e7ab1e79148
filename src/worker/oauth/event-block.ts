// One event of an event stream as it is written: where it ends, what it says, and the same with other data.

export interface EventBlock {
  /** Whether it carries anything: a block of comments, or of a retry time alone, is no event. */
  speaks: boolean;
  /** The last `event` field; null for an ordinary message. */
  event: string | null;
  data: string;
}

const lineEnd = /\r\n|\r(?!\n)|\n/;
/** Two line ends in a row. A CR LF is one, wherever the text was cut. */
const blankLine = new RegExp(`(?:${lineEnd.source}){2}`);

/** The length of the first block with the empty line that ends it; 0 while it has not ended. */
export function blockLength(text: string): number {
  const end = blankLine.exec(text);
  return end === null ? 0 : end.index + end[0].length;
}

/** WHATWG HTML §9.2.6. */
export function readBlock(text: string): EventBlock {
  const block: EventBlock = { speaks: false, event: null, data: "" };
  const data: string[] = [];
  for (const line of text.split(lineEnd)) {
    const { name, value } = fieldOf(line);
    if (name === "event") block.event = value;
    if (name === "data") data.push(value);
    block.speaks ||= name === "event" || name === "data";
  }
  return { ...block, data: data.join("\n") };
}

/** Everything but the data as it was, line ends too. */
export function withData(text: string, data: string): string {
  let written = false;
  return text.replaceAll(new RegExp(`([^\\r\\n]*)(${lineEnd.source})`, "g"), (whole, line: string, end: string) => {
    if (fieldOf(line).name !== "data") return whole;
    if (written) return "";
    written = true;
    return `data: ${data}${end}`;
  });
}

/** A line without a colon is a field without a value; one that begins with a colon is a comment. */
function fieldOf(line: string): { name: string; value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { name: line, value: "" };
  return { name: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, "") };
}
