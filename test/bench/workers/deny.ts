// Answers 401 whatever is asked: the floor under every refusal.

const body = JSON.stringify({ error: "unauthorized" });
const headers = { "content-type": "application/json", "www-authenticate": 'Bearer realm="mcp"' };

export default {
  fetch: () => new Response(body, { status: 401, headers }),
} satisfies ExportedHandler;
