// How large the deployed Worker is: what an isolate loads when it starts, what follows on demand, and whose code it is.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as z from "zod";

/** What esbuild writes about its output; paths are relative to the repository. */
const metafile = z.object({
  outputs: z.record(
    z.string(),
    z.object({
      imports: z.array(z.object({ path: z.string(), kind: z.string(), external: z.boolean().optional() })),
      inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })),
    }),
  ),
});
type Outputs = z.infer<typeof metafile>["outputs"];

/** Bytes. A share's `gzip` is its part of what its modules weigh compressed. */
export interface Share {
  name: string;
  minified: number;
  gzip: number;
}

export interface BundleSize {
  /** Compressed bytes that every isolate loads before its first request, and of everything. */
  startup: number;
  total: number;
  modules: number;
  shares: { startup: Share[]; total: Share[] };
}

/** Reads what `npm run build:worker` left in `dist`. */
export function readBundleSize(root: string): BundleSize {
  const { outputs } = metafile.parse(JSON.parse(readFileSync(join(root, "dist/worker.json"), "utf8")));
  const sizes = new Map(Object.keys(outputs).map((path) => [path, gzipSync(readFileSync(join(root, path))).length]));
  const entry = loadedWith("dist/worker/index.js", outputs);
  const sum = (paths: Iterable<string>) => [...paths].reduce((total, path) => total + (sizes.get(path) ?? 0), 0);
  return {
    startup: sum(entry),
    total: sum(sizes.keys()),
    modules: sizes.size,
    shares: { startup: sharesOf(entry, outputs, sizes), total: sharesOf(sizes.keys(), outputs, sizes) },
  };
}

/** A module and all that it imports by a statement: what `import()` names is loaded later. */
function loadedWith(path: string, outputs: Outputs, loaded = new Set<string>()): Set<string> {
  if (loaded.has(path)) return loaded;
  loaded.add(path);
  for (const one of outputs[path]?.imports ?? []) {
    if (one.kind === "import-statement" && !one.external) loadedWith(one.path, outputs, loaded);
  }
  return loaded;
}

function sharesOf(paths: Iterable<string>, outputs: Outputs, sizes: ReadonlyMap<string, number>): Share[] {
  const shares = new Map<string, Share>();
  for (const path of paths) {
    const inputs = Object.entries(outputs[path]?.inputs ?? {});
    const whole = inputs.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
    for (const [source, { bytesInOutput }] of inputs) {
      const name = ownerOf(source);
      const share = shares.get(name) ?? { name, minified: 0, gzip: 0 };
      share.minified += bytesInOutput;
      share.gzip += whole === 0 ? 0 : (bytesInOutput / whole) * (sizes.get(path) ?? 0);
      shares.set(name, share);
    }
  }
  return [...shares.values()].sort((a, b) => b.gzip - a.gzip);
}

/** A package by its name, a file of ours by its room. */
function ownerOf(source: string): string {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source) ?? [];
  if (name) return name;
  const folders = source.split("/").slice(1, -1);
  return `src/${folders.slice(0, folders[1] === "endpoints" || folders[0] === "contract" ? 3 : 2).join("/")}`;
}
