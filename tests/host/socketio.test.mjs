// Official clients on one side, a handler in Node on the other, and between them the emulator and the host with its
// Socket.IO extension.

import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { io } from "../clients/packages.mjs";
import { once, root, sio } from "../clients/sio.mjs";

const trigger = (eventName, more = {}) => ({ type: "socketiotrigger", direction: "in", name: "event", hub: "hub", eventName, ...more });
const actions = { type: "socketio", direction: "out", name: "actions", hub: "hub" };

const functions = {
  connect: [trigger("connect")],
  connected: [trigger("connected"), actions],
  named: [trigger("named", { parameterNames: ["text"] })],
  scripted: [trigger("scripted"), actions],
  negotiate: [
    { type: "httpTrigger", direction: "in", name: "req", authLevel: "anonymous" },
    { type: "http", direction: "out", name: "res" },
    { type: "socketionegotiation", direction: "in", name: "negotiation", hub: "hub", userId: "{query.user}" },
  ],
};

let folder, host, emulator;
const clients = [];

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sio-host-"));
  const handler = join(root, "tests/fixtures/handlers/socketio.mjs");
  const document = {
    version: "2.0",
    extensionBundle: { id: "Microsoft.Azure.Functions.ExtensionBundle.Preview", version: "[4.*, 5.0.0)" },
    customHandler: { description: { defaultExecutablePath: "node", arguments: [`"${handler}"`] } },
  };
  await writeFile(join(folder, "host.json"), JSON.stringify(document));
  for (const [name, bindings] of Object.entries(functions)) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "function.json"), JSON.stringify({ bindings }));
  }
  const port = await freePort();
  const webhook = `http://localhost:${port}/runtime/webhooks/socketio`;
  emulator = await sio(["emulator", "--port", "0", "--upstream", webhook]);
  const env = { WebPubSubForSocketIOConnectionString: emulator.connectionString };
  host = await sio(["host", folder, "--port", String(port)], { env });
});

after(async () => {
  for (const client of clients) {
    client.io.reconnection(false);
    client.disconnect();
    client.io.engine?.close();
  }
  await host?.stop();
  await emulator?.stop();
  if (folder) await rm(folder, { recursive: true });
});

async function connect(user, options = {}) {
  const answer = await fetch(`${host.app}/api/negotiate?user=${user}`);
  const { endpoint, path, token } = await answer.json();
  const client = io(endpoint, { path, query: { access_token: token }, forceNew: true, reconnection: false, ...options });
  clients.push(client);
  return client;
}

for (const transports of [["websocket"], ["polling"]]) {
  test(`a client connects over ${transports} and is greeted by the function for connected`, async () => {
    const client = await connect("ada", { transports });
    const [id] = await once(client, "welcome");
    assert.equal(id, client.id);
  });
}

test("a status other than 200 refuses the socket", async () => {
  const client = await connect("mallory");
  const [error] = await once(client, "connect_error");
  assert.ok(error instanceof Error);
});

test("what a function returns is the acknowledgement", async () => {
  const client = await connect("ada");
  const answer = await client.timeout(10_000).emitWithAck("scripted", { returns: { statusCode: 200, ack: [{ n: 1 }] } });
  assert.deepEqual(answer, { n: 1 });
});

test("the user of the negotiation is the user of the event", async () => {
  const client = await connect("grace");
  const { Metadata } = await client.timeout(10_000).emitWithAck("scripted", { fill: true });
  assert.equal(JSON.parse(Metadata.UserId), "grace");
  assert.equal(JSON.parse(Metadata.SocketId), client.id);
  assert.equal(Metadata.ConnectionContext.hub, "hub");
});

test("arguments are bound to the names in function.json", async () => {
  const client = await connect("ada");
  const metadata = await client.timeout(10_000).emitWithAck("named", "hello");
  assert.equal(JSON.parse(metadata.text), "hello");
});

test("rooms are joined, excepted, left, and their sockets disconnected", async () => {
  const [one, two] = await Promise.all([connect("one"), connect("two")]);
  await Promise.all([once(one, "welcome"), once(two, "welcome")]);
  const act = (client, list) => client.timeout(10_000).emitWithAck("scripted", { actions: list, returns: { ack: ["done"] } });
  const join = { actionName: "addSocketToRoom", socketId: "{me}", room: "r" };
  await Promise.all([act(one, [join]), act(two, [join])]);
  const heard = [];
  two.onAny((event, ...args) => heard.push([event, ...args]));
  const toRoom = (eventName, more) => ({ actionName: "sendToRooms", rooms: ["r", "s"], eventName, ...more });
  const excepted = once(one, "first");
  await act(one, [toRoom("first", { exceptRooms: [two.id] })]);
  await excepted;
  const both = once(two, "second");
  await act(one, [{ actionName: "sendToNamespace", eventName: "second", parameters: ["é", { n: 1.5 }] }]);
  assert.deepEqual(await both, ["é", { n: 1.5 }]);
  // What was sent first would have come first.
  assert.deepEqual(heard.map(([event]) => event), ["second"]);
  await act(two, [{ actionName: "removeSocketFromRoom", socketId: "{me}", room: "r" }]);
  const last = once(two, "fourth");
  await act(one, [toRoom("third"), { actionName: "sendToSocket", socketId: two.id, eventName: "fourth" }]);
  await last;
  assert.ok(!heard.some(([event]) => event === "third"));
  const gone = once(two, "disconnect");
  one.emit("scripted", { actions: [{ actionName: "disconnectSockets", rooms: [two.id] }] });
  assert.deepEqual((await gone)[0], "io server disconnect");
});

test("a failed function is told to the developer", async () => {
  const client = await connect("ada");
  await once(client, "welcome");
  client.emit("scripted", { actions: [{ type: "sendToNamespace" }] });
  const until = Date.now() + 10_000;
  while (!host.stderr().includes("Not supported SocketIOAction")) {
    assert.ok(Date.now() < until, host.stderr());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
