// What `env` and `exports` of cloudflare:workers are in these tests: the worker's own bindings and its own entry.
import type { D1Migration } from "cloudflare:test";
import type * as worker from "../../src/worker/index.ts";
import type { Bindings } from "../../src/worker/settings.ts";

declare global {
  namespace Cloudflare {
    interface Env extends Bindings {
      TEST_MIGRATIONS: D1Migration[];
    }
    interface GlobalProps {
      mainModule: typeof worker;
    }
  }
}
