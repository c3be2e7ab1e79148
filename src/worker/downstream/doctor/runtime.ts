// The runtime behind a server: whether it answers, speaks MCP, and turns away whoever does not come through the gateway.
import type { Finding } from "../../../contract/management/check.ts";
import { type GuardedFetch, place } from "../http.ts";
import { type McpAnswer, type Opening, openingBody, openingHeaders, readMcp } from "./mcp-message.ts";
import { examineOlderTransport } from "./older-transport.ts";
import type { DoctorSettings, ExaminedServer } from "./port.ts";
import { finding, type Note, refusal } from "./report.ts";

interface Heard {
  status: number;
  said: McpAnswer;
  session: string | null;
}

const openings = ["initialize", "server/discover"] as const;

export async function examineRuntime(
  guardedFetch: GuardedFetch,
  settings: Pick<DoctorSettings, "assertionOfNobody">,
  server: ExaminedServer,
): Promise<Finding[]> {
  const note = { server: server.slug, field: "runtimeUrl" };
  const assertion = await settings.assertionOfNobody(server.slug);
  // A credential that no API takes: a runtime looks for one, and only its tools would use it.
  const signed = assertion === null ? null : { "x-mcpstack-assertion": assertion, authorization: "Bearer nobody" };
  try {
    const [bare, spoken] = await Promise.all([
      askBoth(guardedFetch, server.runtimeUrl, {}),
      signed ? askBoth(guardedFetch, server.runtimeUrl, signed) : null,
    ]);
    const older = speaks([...bare, ...(spoken ?? [])])
      ? null
      : await examineOlderTransport(guardedFetch, server, signed);
    if (older !== null) return older;
    return [reachable(server, bare), speaksMcp(server, bare, spoken), refusesStrangers(server, bare)];
  } catch (error) {
    const seen = "the runtime did not answer";
    return [
      refusal("runtime.reachable", error, { reason: "runtime_unavailable", ...note }),
      finding("runtime.mcp", "skip", { server: server.slug, seen }),
      finding("runtime.assertion", "skip", { server: server.slug, seen }),
    ];
  }
}

function speaks(heard: Heard[]): boolean {
  return heard.some(({ said }) => said.kind === "result" && said.versions.length > 0);
}

async function askBoth(guardedFetch: GuardedFetch, url: string, headers: Record<string, string>): Promise<Heard[]> {
  const heard = await Promise.all(openings.map((opening) => ask(guardedFetch, url, opening, headers)));
  const open = heard.flatMap(({ session }) => (session === null ? [] : [session]));
  // Nobody will come back for these sessions; whether ending them works is not the question here.
  const end = (session: string) =>
    guardedFetch(url, { method: "DELETE", headers: { ...headers, "mcp-session-id": session }, glance: {} });
  await Promise.allSettled(open.map(end));
  return heard;
}

async function ask(guardedFetch: GuardedFetch, url: string, opening: Opening, headers: Record<string, string>) {
  const response = await guardedFetch(url, {
    method: "POST",
    headers: { ...openingHeaders(opening), ...headers },
    body: openingBody(opening),
    glance: {},
  });
  const said = readMcp(await response.text(), response.headers.get("content-type") ?? "");
  return { status: response.status, said, session: response.headers.get("mcp-session-id") };
}

function reachable({ slug, runtimeUrl }: ExaminedServer, bare: Heard[]): Finding {
  const statuses = bare.map(({ status }) => status);
  const seen = `${place(runtimeUrl)}: status ${[...new Set(statuses)].join(" and ")}`;
  const note: Note = { server: slug, expected: "an answer without a redirect", seen };
  const redirected = statuses.some((status) => status >= 300 && status < 400);
  if (redirected) {
    return finding("runtime.reachable", "fail", { ...note, reason: "runtime_redirected", field: "runtimeUrl" });
  }
  const broken = statuses.every((status) => status >= 500);
  if (!broken) return finding("runtime.reachable", "pass", note);
  return finding("runtime.reachable", "fail", { ...note, reason: "runtime_unavailable", field: "runtimeUrl" });
}

function speaksMcp({ slug }: ExaminedServer, bare: Heard[], signed: Heard[] | null): Finding {
  const expected = "a result of initialize or server/discover";
  const all = [...(signed ?? []), ...bare];
  const versions = all.flatMap(({ said }) => (said.kind === "result" ? said.versions : []));
  if (versions.length > 0) {
    const seen = `protocol ${[...new Set(versions)].toSorted().join(" ")}`;
    return finding("runtime.mcp", "pass", { server: slug, expected, seen });
  }
  const seen = (signed ?? bare).map(({ status, said }, at) => `${openings[at]}: ${toldOf(status, said)}`).join("; ");
  if (all.every(({ status }) => status === 401 || status === 403)) {
    const fix = "Run Connect to see it with a person; if that fails too, check how the runtime verifies the assertion.";
    return finding("runtime.mcp", "warn", { server: slug, expected, seen, reason: "runtime_refused", fix });
  }
  return finding("runtime.mcp", "fail", {
    server: slug,
    expected,
    seen,
    reason: "runtime_not_mcp",
    field: "runtimeUrl",
  });
}

/** Whoever reaches the runtime's address could otherwise call its tools as anybody. */
function refusesStrangers({ slug }: ExaminedServer, bare: Heard[]): Finding {
  const expected = "401 or 403 without X-MCPStack-Assertion";
  const seen = bare.map(({ status, said }, at) => `${openings[at]}: ${toldOf(status, said)}`).join("; ");
  const note: Note = { server: slug, expected, seen };
  const opened = bare.some(({ said }) => said.kind === "result");
  const taken = bare.some(({ status, said }) => status >= 200 && status < 300 && said.kind !== "error");
  if (opened || taken) {
    return finding("runtime.assertion", "fail", { ...note, reason: "runtime_open", field: "runtimeUrl" });
  }
  const closed = bare.every(({ status }) => status === 401 || status === 403);
  return finding("runtime.assertion", closed ? "pass" : "warn", {
    ...note,
    ...(closed ? {} : { reason: "runtime_open" }),
  });
}

function toldOf(status: number, said: McpAnswer): string {
  if (said.kind === "result") return `${status} with a result`;
  return said.kind === "error" ? `${status} with error ${said.code}` : `${status}`;
}
