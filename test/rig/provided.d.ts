// What a project's global setup (in Node) provides and its tests (in workerd, too) inject: strings across the wall.
import "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Base of the runtime on loopback that the proxy's tests call. */
    runtimeUrl: string;
    /** Issuer of a real OpenID provider; its rig answers below /rig/. */
    providerUrl: string;
    /** The same with access tokens of a minute. */
    briefProviderUrl: string;
    /** Providers with access tokens of a minute, one per test file that counts and disturbs: nobody else asks them. */
    ownProviderUrls: Record<"code" | "refresh" | "revocation" | "object" | "elsewhere", string>;
    /** Origins of the fake providers, by what they behave like; each has its own rig. */
    fakeProviderUrls: Record<string, string>;
    /** PUT a document below it (JSON `{status?, body}`), GET or POST it, GET `/count{path}` for how often that was. */
    publishedUrl: string;
    /** Nothing listens here. */
    deadUrl: string;
  }
}
