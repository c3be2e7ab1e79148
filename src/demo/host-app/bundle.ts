// The page's script and style, bundled at start from the built SDK package and node_modules; nothing from a CDN.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "../settings.ts";

/** Text by file name: `main.js`, `style.css`, and what main.js imports. */
export type PageFiles = ReadonlyMap<string, string>;

const page = join(import.meta.dirname, "page");

/** Throws where the SDK has not been built, because the page uses what an app would install. */
export async function bundlePage(): Promise<PageFiles> {
  if (!existsSync(join(projectRoot, "dist", "sdk", "react.js"))) {
    throw new Error("The host app uses the built SDK, and dist/sdk is not there: run npm run build:sdk first.");
  }
  const { outputFiles } = await build({
    entryPoints: [join(page, "main.tsx"), join(page, "style.css")],
    outdir: page,
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    // The SDK imports the MCP client when it is first needed; in one file that import would reorder modules.
    splitting: true,
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}
