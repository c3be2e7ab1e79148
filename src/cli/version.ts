// The package's version. Sources and bundle both lie two folders below package.json.
import { readFileSync } from "node:fs";
import * as z from "zod";

const manifest = z.object({ version: z.string() });

export const version = manifest.parse(
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")),
).version;

export const userAgent = `mcpstack/${version}`;
