// Stands on the public port before workerd, as Cloudflare's network does: whoever leaves is gone behind it too.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * Passes bytes both ways, unread. A connection that its client has closed is reset towards workerd, which takes the
 * mere end of a client's half for a pause and would not tell the Worker before its next write.
 *
 * @param worker where workerd listens
 */
export async function openFront(port: number, worker: URL): Promise<void> {
  const server = createServer((client) => {
    const inner = connect(Number(worker.port), worker.hostname);
    client.setNoDelay(true);
    inner.setNoDelay(true);
    // Left open at the client's end: a connection that was closed in good order cannot be reset any more.
    client.pipe(inner, { end: false }).pipe(client);
    const gone = () => inner.resetAndDestroy();
    client.once("end", gone).once("close", gone).on("error", gone);
    inner.once("close", () => client.destroySoon()).on("error", () => client.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
}
