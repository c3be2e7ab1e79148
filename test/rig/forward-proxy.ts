// A front between a browser and everything: a plain HTTP proxy that may take the CORS headers off what passes.
import { createServer, request } from "node:http";

export interface ForwardProxy {
  url: string;
  close(): void;
}

/** @param strip whether answers lose every `Access-Control-…` header */
export async function startForwardProxy(strip: boolean): Promise<ForwardProxy> {
  const server = createServer((asked, answer) => {
    const { method, headers } = asked;
    const onward = request(asked.url ?? "", { method, headers }, (got) => {
      const kept = Object.entries(got.headers).filter(([name]) => !(strip && name.startsWith("access-control-")));
      answer.writeHead(got.statusCode ?? 502, Object.fromEntries(kept));
      got.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
