// Listening on loopback only, on both address families, so that "localhost" means this stack however it resolves.
import { createServer, type RequestListener, type Server } from "node:http";
import { connect } from "node:net";

const loopback = ["127.0.0.1", "::1"] as const;

export interface Listening {
  close(): Promise<void>;
}

/** Serves on every loopback address that the machine has. Rejects when none can be bound or the port is taken. */
export async function listen(listener: RequestListener, port: number): Promise<Listening> {
  const servers: Server[] = [];
  for (const address of loopback) {
    const server = createServer(listener);
    const error = await bind(server, port, address);
    if (error === null) servers.push(server);
    else if (error.code === "EADDRINUSE" || address === "127.0.0.1") throw error;
  }
  return {
    async close() {
      await Promise.all(servers.map(stop));
    },
  };
}

/** True when something already answers on this port of the machine's loopback addresses. */
export async function isTaken(port: number): Promise<boolean> {
  const answers = await Promise.all(loopback.map((address) => accepts(port, address)));
  return answers.includes(true);
}

function bind(server: Server, port: number, address: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    server.once("error", resolve);
    server.listen(port, address, () => {
      server.removeListener("error", resolve);
      resolve(null);
    });
  });
}

function accepts(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: address });
    const answer = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
