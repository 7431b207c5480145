// Two handler processes behind a round-robin serve the same clients: nothing is kept between two events.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once as emitted } from "node:events";
import http from "node:http";
import net from "node:net";
import { after, before, test } from "node:test";

import { io } from "../clients/packages.mjs";
import { once, root, sio } from "../clients/sio.mjs";

const handlers = [];
const served = [0, 0];
let balancer, emulator;

/** A free port. It may be taken by the time it is used; the handler waits for it then, and fails the test. */
async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await emitted(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

async function reachable(port) {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    try {
      return await fetch(`http://127.0.0.1:${port}/`);
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  throw new Error(`no handler on port ${port}`);
}

before(async () => {
  const ports = [await freePort(), await freePort()];
  let turn = 0;
  balancer = http.createServer((request, response) => {
    const which = turn++ % ports.length;
    served[which]++;
    const { method, url, headers } = request;
    const onward = http.request({ host: "127.0.0.1", port: ports[which], method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  balancer.listen(0, "127.0.0.1");
  await emitted(balancer, "listening");
  const app = `http://localhost:${balancer.address().port}`;
  emulator = await sio(["emulator", "--port", "0", "--upstream", `${app}/api/socketio`]);
  emulator.app = app;
  for (const port of ports) {
    const env = {
      FUNCTIONS_CUSTOMHANDLER_PORT: String(port),
      FUNCTIONS_APP_ROOT_PATH: `${root}function-app`,
      WebPubSubForSocketIOConnectionString: emulator.connectionString,
    };
    handlers.push(spawn(`${root}target/debug/handler`, { env, stdio: "inherit" }));
    await reachable(port);
  }
}, { timeout: 60_000 });

after(async () => {
  for (const handler of handlers) handler.kill();
  balancer?.closeAllConnections();
  balancer?.close();
  await emulator?.stop();
}, { timeout: 30_000 });

test("two processes in turn serve the same clients", { timeout: 60_000 }, async () => {
  const sockets = [];
  for (const name of ["Ada", "Grace", "Linus"]) {
    const { endpoint, path, token } = await (await fetch(`${emulator.app}/api/negotiate?name=${name}`)).json();
    const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true });
    await once(socket, "connect");
    await socket.timeout(10_000).emitWithAck("join", "room");
    sockets.push(socket);
  }
  try {
    const heard = sockets.map(() => []);
    sockets.forEach((socket, at) => socket.on("message", ({ text }) => heard[at].push(text)));
    const said = Array.from({ length: 20 }, (_, number) => `message ${number}`);
    for (const [number, text] of said.entries()) {
      const answer = await sockets[number % 3].timeout(10_000).emitWithAck("message", "room", text);
      assert.equal(answer.ok, true);
    }
    // Leaving is acknowledged after everything that was sent to the client before.
    for (const socket of sockets) await socket.timeout(10_000).emitWithAck("leave", "room");
    for (const [at, texts] of heard.entries()) {
      assert.deepEqual(texts, said.filter((_, number) => number % 3 !== at));
    }
    assert.ok(Math.min(...served) > 10, `both processes had a share: ${served}`);
  } finally {
    for (const socket of sockets) socket.disconnect();
  }
});
