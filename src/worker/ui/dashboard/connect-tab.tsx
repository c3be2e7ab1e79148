// The Connect tab: what to register at the provider, with this deployment's values, and how MCP clients are set up.
import type { Child } from "hono/jsx";
import type { GatewayView } from "../../../contract/management/gateways.ts";
import type { Frame } from "./frame.tsx";
import { SetupChecklist } from "./preset-notes.tsx";
import { Codes, Copy, Empty, Facts } from "./table.tsx";

export interface ConnectProps {
  frame: Pick<Frame, "base" | "canChange">;
  /** Of the deployment. */
  origin: string;
  gateway: GatewayView;
  /** Scopes that the provider must be able to grant: the profile's and its servers'. */
  scopes: readonly string[];
  servers: readonly { slug: string; name: string; mcpUrl: string }[];
}

export function connectTab(props: ConnectProps): Child {
  return (
    <>
      <SetupChecklist providerType={props.gateway.providerType} callbackUrl={props.gateway.callbackUrl} />
      <section class="card" aria-labelledby="checklist">
        <h2 id="checklist">At the provider</h2>
        <Facts facts={checklist(props)} />
      </section>
      {props.servers.length > 0 ? <Tests {...props} /> : null}
      <h2>In MCP clients</h2>
      {props.servers.length === 0 ? (
        <Empty title="No MCP URL yet">
          <p>Attach this gateway to a server; its MCP URL and the lines for each client then stand here.</p>
        </Empty>
      ) : (
        props.servers.map((server) => <Snippets {...server} />)
      )}
    </>
  );
}

function Tests({ frame, gateway, servers }: ConnectProps) {
  return (
    <section class="card" aria-labelledby="tests">
      <h2 id="tests">Test authorization</h2>
      <p>
        Signs you in at the provider as an MCP client would, lists the server's tools through the proxy, and ends the
        grant again. Each step says what it expected and what it saw.
      </p>
      {frame.canChange ? (
        <p class="actions">
          {servers.map(({ slug, name }) => (
            <a class="button" href={`${frame.base}/gateways/${gateway.id}/connect/start?server=${slug}`}>
              Run a test authorization at <bdi>{name}</bdi>
            </a>
          ))}
        </p>
      ) : (
        <p>A test makes a grant, so it takes the role admin.</p>
      )}
    </section>
  );
}

function checklist({ origin, gateway, scopes }: ConnectProps): [string, Child][] {
  return [
    ["Application type", "Web application"],
    ["Allowed callback URL", <Copy id="connect-callback" value={gateway.callbackUrl} />],
    ["Allowed logout URL", "none needed; the gateway never sends anybody there"],
    ["Allowed origin", <Copy id="connect-origin" value={origin} />],
    ["Scopes", <Codes values={scopes} />],
    ["Audience or resource", gateway.resource ? <Copy id="connect-audience" value={gateway.resource} /> : null],
  ];
}

function Snippets({ slug, name, mcpUrl }: { slug: string; name: string; mcpUrl: string }) {
  return (
    <section class="card" aria-labelledby={`connect-${slug}`}>
      <h3 id={`connect-${slug}`}>
        <bdi>{name}</bdi>
      </h3>
      <Facts facts={[["MCP URL", <Copy id={`mcp-url-${slug}`} value={mcpUrl} />]]} />
      {snippets(slug, mcpUrl).map(({ client, how, text }, index) => (
        <>
          <h4>{client}</h4>
          {how ? <p>{how}</p> : null}
          {text ? <Snippet id={`snippet-${slug}-${index}`} client={client} text={text} /> : null}
        </>
      ))}
    </section>
  );
}

function Snippet({ id, client, text }: { id: string; client: string; text: string }) {
  return (
    <>
      <pre id={id} tabindex={0}>
        {text}
      </pre>
      <button type="button" class="small" data-copy={id} aria-label={`Copy for ${client}`} hidden>
        Copy
      </button>
    </>
  );
}

interface Setup {
  client: string;
  how?: string;
  text?: string;
}

function snippets(slug: string, url: string): Setup[] {
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return [
    { client: "Claude Code", text: `claude mcp add --transport http ${slug} ${url}` },
    {
      client: "Claude",
      how: "Settings, Connectors, Add custom connector; paste the MCP URL and leave the rest empty.",
    },
    { client: "ChatGPT", how: "Settings, Apps, developer mode on, Create; paste the MCP URL and choose OAuth." },
    { client: "VS Code", text: `code --add-mcp '${JSON.stringify({ name: slug, type: "http", url })}'` },
    { client: "Cursor", how: "In ~/.cursor/mcp.json:", text: json({ mcpServers: { [slug]: { url } } }) },
    { client: "Codex", text: `codex mcp add ${slug} --url ${url}` },
    { client: "TypeScript SDK", text: sdk(url) },
  ];
}

function sdk(url: string): string {
  return `import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const transport = new StreamableHTTPClientTransport(new URL("${url}"), { authProvider });
await new Client({ name: "my-app", version: "1.0.0" }).connect(transport);`;
}
