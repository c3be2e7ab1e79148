// The kinds of flags and arguments: how each is written, read and explained. Values themselves the gateway judges.
import { readFileSync } from "node:fs";
import * as z from "zod";

export interface FlagMeta {
  about: string;
  /** What stands for the value in help; absent for a switch. */
  value?: string;
  /** May be given more than once. */
  repeated?: boolean;
  choices?: readonly string[];
  /** Other spellings, such as `--auth-server-url`. */
  aliases?: readonly string[];
  /** The REST field, where it is not the flag in camelCase. */
  field?: string;
}

export const flagMeta = z.registry<FlagMeta>();

type More = Omit<FlagMeta, "about">;

const given = z.string().min(1, "is empty; leave the flag out, or clear a field with --unset");

export const text = (about: string, more: More = {}) =>
  given.optional().register(flagMeta, { about, value: "text", ...more });

export const url = (about: string, more: More = {}) => text(about, { value: "url", ...more });

export const needed = (about: string, more: More = {}) =>
  given.clone().register(flagMeta, { about, value: "text", ...more });

export const argument = (about: string) => z.string().min(1, "is empty").register(flagMeta, { about });

const listed = (list: string) => list.split(/[\s,]+/).filter((word) => word !== "");

/** Words between spaces or commas: `"openid profile"`, `openid,profile`. An empty text is the empty list. */
export const words = (about: string, more: More = {}) =>
  z
    .string()
    .transform(listed)
    .optional()
    .register(flagMeta, { about, value: "words", ...more });

/** The same, and the flag may be repeated. */
export const repeatedWords = (about: string, more: More = {}) =>
  z
    .array(z.string())
    .transform((lists) => lists.flatMap(listed))
    .optional()
    .register(flagMeta, { about, value: "words", repeated: true, ...more });

export const repeated = (about: string, more: More = {}) =>
  z
    .array(given)
    .optional()
    .register(flagMeta, { about, value: "text", repeated: true, ...more });

export const choice = <const T extends readonly [string, ...string[]]>(choices: T, about: string, more: More = {}) =>
  z
    .enum(choices, `must be one of ${choices.join(", ")}`)
    .optional()
    .register(flagMeta, { about, value: choices.join("|"), choices, ...more });

export const onOff = (about: string, more: More = {}) =>
  z
    .enum(["on", "off"], "must be on or off")
    .transform((word) => word === "on")
    .optional()
    .register(flagMeta, { about, value: "on|off", choices: ["on", "off"], ...more });

export const whole = (about: string, more: More = {}) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .optional()
    .register(flagMeta, { about, value: "number", ...more });

const secondsIn: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds, or with a unit: `90`, `15m`, `1h`, `30d`. */
export const duration = (about: string, more: More = {}) =>
  z
    .string()
    .regex(/^\d{1,9}[smhd]?$/, "must be seconds, or a number with s, m, h or d, such as 30d")
    .transform((written) => Number.parseInt(written, 10) * (secondsIn[written.replace(/\d+/, "")] ?? 1))
    .optional()
    .register(flagMeta, { about, value: "duration", ...more });

/** JSON as text, or in a file that is named after `@`. */
export const json = (about: string, more: More = {}) =>
  z
    .string()
    .transform((written, context) => {
      try {
        const value: unknown = JSON.parse(written.startsWith("@") ? readFileSync(written.slice(1), "utf8") : written);
        return value;
      } catch (error) {
        context.addIssue(`must be JSON, or @ and a file with JSON: ${error instanceof Error ? error.message : error}`);
        return z.NEVER;
      }
    })
    .optional()
    .register(flagMeta, { about, value: "json|@file", ...more });

export const yes = (about: string) => z.boolean().default(false).register(flagMeta, { about });

export const none = z.object({});

/** For deletions and revocations. */
export const sure = { yes: yes("do it without asking") };

export const paging = {
  page: whole("which page, from 1"),
  pageSize: whole("items on a page, 200 at most"),
};

/** `authorizationServerUrl` as it is typed: `--authorization-server-url`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
