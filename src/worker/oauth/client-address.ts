// What a rate limit counts by: one IPv4 address, or one IPv6 /64, since a subscriber owns a whole /64 (CVE-2026-45364).

/** The key of an address; an unreadable one shares the key of all unreadable ones. */
export function addressKey(address: string | null): string {
  const plain = address?.split("%", 1)[0] ?? "";
  if (/^(?:\d{1,3}\.){3}\d{1,3}$/.test(plain)) return plain;
  if (!/^[\da-f:.]+$/i.test(plain) || !URL.canParse(`http://[${plain}]`)) return "unknown";
  // The parser knows every spelling of an address and writes one: lower case, no leading zeros, no dotted tail.
  const [head = "", tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split("::");
  const [left, right] = [groups(head), groups(tail ?? "")];
  const all = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  if (all.slice(0, 6).join(":") === "0:0:0:0:0:ffff") return dotted(all.slice(6));
  return `${all.slice(0, 4).join(":")}::/64`;
}

function groups(part: string): string[] {
  return part === "" ? [] : part.split(":");
}

/** An IPv4 address behind `::ffff:` is the same subscriber as without. */
function dotted(pair: string[]): string {
  const numbers = pair.map((group) => Number.parseInt(group, 16));
  return numbers.flatMap((number) => [number >> 8, number & 255]).join(".");
}
