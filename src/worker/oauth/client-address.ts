// What a rate limit counts by: one IPv4 address, or one IPv6 /64, since a subscriber owns a whole /64 (CVE-2026-45364).

/** The key of an address; an unreadable one shares the key of all unreadable ones. */
export function addressKey(address: string | null): string {
  if (!address) return "unknown";
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("%")[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  if (right.at(-1)?.includes(".") && [...left, ...right].slice(0, -1).every((group) => /^(?:0*|ffff)$/.test(group))) {
    return right.at(-1) ?? "unknown";
  }
  const groups = tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  const prefix = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${prefix.join(":")}::/64`;
}
