// What a call may do, judged from its body: scopes of tools, and headers that must say the same.
import { describe, expect, test } from "vitest";
import { call, door, knock, refusal, token } from "./proxy-visit.ts";

describe("21 tools ask for their scopes", () => {
  const tool = (name: string) => call("tools/call", { name, arguments: {} });

  test("403 lists every scope that the call needs, granted ones too (P-16)", async () => {
    const refused = await refusal(knock(door(), { message: tool("purge_tickets") }));
    expect(refused).toMatchObject({
      status: 403,
      error: "insufficient_scope",
      scope: ["tickets.read", "tickets.admin"],
    });
  });

  test.each([
    ["list_tickets", "tickets.read", 200],
    ["purge_tickets", "tickets", 200],
    ["purge_tickets", "tickets.admin tickets.read", 200],
    ["unlisted", "", 200],
    ["list_tickets", "", 403],
    ["list_tickets", "ticket", 403],
  ])("%s with %j is %i", async (name, scope, status) => {
    const answer = knock(door(), { message: tool(name), bearer: await token({ scope }) });
    expect(status === 200 ? (await answer).status : (await refusal(answer)).status).toBe(status);
  });

  test.each([
    ["list_tickets", "tickets.owner", 200],
    ["purge_tickets", "tickets.owner", 200],
    ["purge_tickets", "tickets.admin", 200],
    ["purge_tickets", "tickets.read", 403],
    ["purge_tickets", "tickets.own", 403],
  ])("P-17 a broader scope is enough where the operator says what it includes: %s with %j is %i", async (...row) => {
    const [name, scope, status] = row;
    const broaderScopes = [
      { name: "tickets.owner", scopes: ["tickets.admin"] },
      { name: "tickets.admin", scopes: ["tickets.read", "tickets.write"] },
    ];
    const answer = knock(door({ broaderScopes }), { message: tool(name), bearer: await token({ scope }) });
    expect(status === 200 ? (await answer).status : (await refusal(answer)).status).toBe(status);
  });

  test.each([
    ["a legacy client without headers", {}],
    ["a legacy version", { "MCP-Protocol-Version": "2025-06-18" }],
    ["no version and a session", { "Mcp-Param-Name": "list_tickets" }],
  ])("%s cannot dodge the tool's scopes", async (_, headers) => {
    expect(await refusal(knock(door(), { message: tool("purge_tickets"), headers }))).toMatchObject({ status: 403 });
  });

  test("each call in a batch is judged", async () => {
    const message = [tool("list_tickets"), tool("purge_tickets")];
    expect(await refusal(knock(door(), { message }))).toMatchObject({ status: 403, reason: "insufficient_scope" });
    expect((await knock(door(), { message: [tool("list_tickets"), call("ping")] })).status).toBe(200);
  });

  test("a tool without a name is refused rather than guessed", async () => {
    const refused = await refusal(knock(door(), { message: call("tools/call", { name: ["purge_tickets"] }) }));
    expect(refused).toMatchObject({ status: 400, rpcCode: -32600 });
  });
});

describe("22 header and body must say the same", () => {
  const body = JSON.stringify(call("tools/call", { name: "purge_tickets" }));
  const modern = { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "purge_tickets" };
  const purger = { scope: "tickets" };

  test.each([
    ["another name", { ...modern, "Mcp-Name": "list_tickets" }],
    ["another name in base64", { ...modern, "Mcp-Name": `=?base64?${btoa("list_tickets")}?=` }],
    ["a method in another case", { ...modern, "Mcp-Method": "Tools/Call" }],
    ["a forged method under an old version", { "MCP-Protocol-Version": "2025-11-25", "Mcp-Method": "tools/list" }],
    ["a modern request without them", { "MCP-Protocol-Version": "2026-07-28" }],
  ])("%s", async (_, headers) => {
    const refused = await refusal(knock(door(), { body, headers, bearer: await token(purger) }));
    const { id } = JSON.parse(body) as { id: number };
    expect(refused).toMatchObject({ status: 400, reason: "header_mismatch", rpcCode: -32020, rpcId: id });
  });

  test("in agreement it passes, also in base64", async () => {
    for (const name of ["purge_tickets", `=?base64?${btoa("purge_tickets")}?=`]) {
      const headers = { ...modern, "Mcp-Name": name };
      expect((await knock(door(), { body, headers, bearer: await token(purger) })).status).toBe(200);
    }
  });

  test("a batch outside 2025-03-26", async () => {
    const refused = await refusal(
      knock(door(), { message: [call("ping")], headers: { "MCP-Protocol-Version": "2025-06-18" } }),
    );
    expect(refused).toMatchObject({ status: 400, reason: "batch_refused" });
  });

  test.each([
    [
      "method twice",
      '{"method":"tools/list","method":"tools/call","params":{"name":"purge_tickets"},"id":1}',
      400,
      "malformed_request",
    ],
    ["broken JSON", "{", 400, "malformed_request"],
    ["an empty body", "", 400, "malformed_request"],
    ["bytes that are not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), 400, "malformed_request"],
    ["a byte order mark", "\ufeff{}", 400, "malformed_request"],
    ["UTF-16", new Uint8Array([0x7b, 0, 0x7d, 0]), 400, "malformed_request"],
  ])("%s", async (_, text, status, reason) => {
    expect(await refusal(knock(door(), { body: text }))).toMatchObject({ status, reason });
  });

  test.each(["text/plain", "application/json; charset=utf-16", "multipart/form-data", ""])(
    "content type %j is a 415",
    async (type) => {
      const refused = await refusal(knock(door(), { headers: { "Content-Type": type } }));
      expect(refused).toMatchObject({ status: 415, reason: "unsupported_media_type" });
    },
  );

  test("P-112 a body over the limit is a 413, whether it says its length or not", async () => {
    const at = () => door({}, { limits: { bodyBytes: 1000 } });
    const large = JSON.stringify(call("ping", { pad: "x".repeat(1000) }));
    expect(await refusal(knock(at(), { body: large }))).toMatchObject({ status: 413, reason: "request_too_large" });
    const declared = { "Content-Length": "1001" };
    expect(await refusal(knock(at(), { headers: declared }))).toMatchObject({ status: 413 });
    const stream = new Blob([large]).stream();
    expect(await refusal(knock(at(), { body: stream }))).toMatchObject({ status: 413, reason: "request_too_large" });
  });
});
