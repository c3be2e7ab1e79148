// Four kinds of test: rules (pure), the house itself, the door (fetch on the Worker in workerd), the running stack.
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { configDefaults, defineConfig } from "vitest/config";
import { CompatibilityReporter } from "./rig/compatibility-reporter.ts";

const root = new URL("..", import.meta.url).pathname;

// Secrets come to a Worker from outside its configuration; for these tests that is the environment.
process.env.MASTER_KEY ??= "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
process.env.ADMIN_TOKEN ??= "test-admin-token-0123456789";

export default defineConfig({
  root,
  test: {
    silent: "passed-only",
    reporters: [...configDefaults.reporters, new CompatibilityReporter()],
    projects: [
      { test: { name: "house", root, include: ["test/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "rules", root, include: ["test/rules/**/*.test.ts"] } },
      {
        plugins: [
          cloudflareTest(async () => ({
            // The sources: what is deployed is built from them, in several modules.
            main: `${root}src/worker/index.ts`,
            wrangler: { configPath: `${root}wrangler.toml` },
            miniflare: {
              bindings: {
                PUBLIC_ORIGIN: "http://localhost:8787",
                ALLOW_PRIVATE_NETWORK: "true",
                TEST_MIGRATIONS: await readD1Migrations(`${root}migrations`),
              },
            },
          })),
        ],
        test: {
          name: "door",
          root,
          include: ["test/door/**/*.test.ts"],
          setupFiles: ["test/rig/migrate.ts"],
          globalSetup: [
            "test/rig/runtime.ts",
            "test/rig/provider-setup.ts",
            "test/rig/fake-providers/setup.ts",
            "test/rig/published.ts",
          ],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "stack",
          root,
          include: ["test/stack/**/*.test.ts"],
          globalSetup: ["test/rig/stack.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
