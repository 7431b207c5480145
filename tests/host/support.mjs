// A function app in a temporary folder, served by the host, with the emulator as its service.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { io } from "../clients/packages.mjs";
import { root, sio } from "../clients/sio.mjs";

export const trigger = (eventName, more = {}) => ({ type: "socketiotrigger", direction: "in", name: "event", hub: "hub", eventName, ...more });
export const actions = { type: "socketio", direction: "out", name: "actions", hub: "hub" };
export const http = (...more) => [
  { type: "httpTrigger", direction: "in", name: "req", authLevel: "anonymous" },
  { type: "http", direction: "out", name: "res" },
  ...more,
];
export const negotiation = { type: "socketionegotiation", direction: "in", name: "negotiation", hub: "hub", userId: "{query.user}" };

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * Starts `program` with the fixture `handler` for `functions` (name → bindings). `close()` ends everything. The service
 * reads `settings` from a file, and `connection` says what the host is told of it, instead of the connection string.
 */
export async function world(program, handler, functions, { settings = "", connection } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "sio-host-"));
  const script = join(root, "crates/host/tests/handlers", handler);
  const document = {
    version: "2.0",
    extensionBundle: { id: "Microsoft.Azure.Functions.ExtensionBundle.Preview", version: "[4.*, 5.0.0)" },
    customHandler: { description: { defaultExecutablePath: program, arguments: [`"${script}"`] } },
  };
  await writeFile(join(folder, "host.json"), JSON.stringify(document));
  for (const [name, bindings] of Object.entries(functions)) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "function.json"), JSON.stringify({ bindings }));
  }
  const port = await freePort();
  const webhook = `http://localhost:${port}/runtime/webhooks/socketio`;
  const config = join(folder, "emulator.toml");
  await writeFile(config, `[settings]\n${settings}\n`);
  const emulator = await sio(["emulator", "--port", "0", "--upstream", webhook, "--config", config]);
  const env = connection?.(emulator) ?? { WebPubSubForSocketIOConnectionString: emulator.connectionString };
  const host = await sio(["host", folder, "--port", String(port)], { env }).catch(async (error) => {
    await emulator.stop();
    throw error;
  });
  const clients = [];

  return {
    host,
    emulator,
    /** A client of `user` that is connecting. */
    async connect(user, options = {}) {
      const answer = await fetch(`${host.app}/api/negotiate?user=${user}`);
      const { endpoint, path, token } = await answer.json();
      const client = io(endpoint, { path, query: { access_token: token }, forceNew: true, reconnection: false, ...options });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) {
        client.io.reconnection(false);
        client.disconnect();
        client.io.engine?.close();
      }
      await host.stop();
      await emulator.stop();
      await rm(folder, { recursive: true });
    },
  };
}
