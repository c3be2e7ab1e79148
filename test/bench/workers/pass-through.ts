// The least that a proxy can do: the request goes on with fetch, and nothing else happens.

export default {
  fetch: (request, { RUNTIME }) => fetch(RUNTIME, request),
} satisfies ExportedHandler<{ RUNTIME: string }>;
