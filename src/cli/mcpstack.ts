#!/usr/bin/env node
// The `mcpstack` command: arguments in, exit code out: 0 done, 1 refused or failed, 2 not understood.
import { run } from "./run.ts";

// A reader that has seen enough (`mcpstack … | head`) is no fault.
process.stdout.on("error", (error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), process.env);
