// The members that a request really carried: an absent member changes nothing.

type Sent<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

export function sent<T extends object>(input: T): Sent<T> {
  const members: Sent<T> = {};
  return Object.assign(members, Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)));
}
