// A pass-through that verifies one ES256 token per request with jose and remembers nothing.
import { importJWK, type JWK, jwtVerify } from "jose";

interface Bindings {
  RUNTIME: string;
  PUBLIC_KEY: string;
}

let key: Awaited<ReturnType<typeof importJWK>> | null = null;

export default {
  async fetch(request, { RUNTIME, PUBLIC_KEY }) {
    key ??= await importJWK(JSON.parse(PUBLIC_KEY) as JWK, "ES256");
    const token = (request.headers.get("authorization") ?? "").slice("Bearer ".length);
    try {
      await jwtVerify(token, key, { algorithms: ["ES256"] });
    } catch {
      return new Response(null, { status: 401 });
    }
    return fetch(RUNTIME, request);
  },
} satisfies ExportedHandler<Bindings>;
