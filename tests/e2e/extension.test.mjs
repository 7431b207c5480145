// The chat in extension mode: events come through the host's Socket.IO extension, and its outputs leave through it.
// What differs for a client is what the extension cannot do; the rest is as in direct mode.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { io } from "../clients/packages.mjs";
import { once, run, sio } from "../clients/sio.mjs";

let stack;
const sockets = [];

before(async () => {
  const args = ["dev", "--bindings", "extension", "--port", "0", "--emulator-port", "0", "--no-watch"];
  stack = await sio(args, { timeout: 100_000 });
}, { timeout: 120_000 });

after(async () => {
  for (const socket of sockets) socket.disconnect();
  await stack?.stop();
}, { timeout: 30_000 });

async function client(name, options = {}) {
  const query = name === undefined ? "" : `?name=${encodeURIComponent(name)}`;
  const { endpoint, path, token } = await (await fetch(`${stack.app}/api/negotiate${query}`)).json();
  const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true, ...options });
  sockets.push(socket);
  return socket;
}

async function member(name, room) {
  const socket = await client(name);
  await once(socket, "connect");
  assert.equal((await socket.timeout(10_000).emitWithAck("join", room)).ok, true);
  return socket;
}

test("a message reaches the room but not its sender", { timeout: 60_000 }, async () => {
  const [ada, grace] = await Promise.all([member("Ada", "den"), member("Grace", "den")]);
  const echoed = [];
  ada.on("message", (message) => echoed.push(message));
  const heard = once(grace, "message");
  const answer = await ada.timeout(10_000).emitWithAck("message", "den", "hello <b>");
  assert.equal(answer.ok, true);
  assert.deepEqual(await heard, [{ room: "den", from: "Ada", text: "hello <b>", at: answer.at }]);
  // What the sender would have got stands in order before this acknowledgement.
  await ada.timeout(10_000).emitWithAck("leave", "den");
  assert.deepEqual(echoed, []);
});

test("a refused client learns the status alone", { timeout: 60_000 }, async () => {
  const socket = await client(undefined, { reconnection: false });
  const [error] = await once(socket, "connect_error");
  assert.equal(error.message, "Connection rejected with status 400");
});

test("an event without a function reaches none, and disturbs nobody", { timeout: 60_000 }, async () => {
  const ada = await member("Ada", "lonely");
  await assert.rejects(ada.timeout(500).emitWithAck("nobody-listens", 1), /timed out/);
  await stack.said(/nobody-listens  UNHANDLED.*\n.*no function waits for the event "nobody-listens"; those of hub hub and namespace \/ wait for connect/);
  assert.doesNotMatch(stack.stderr(), /--upstream/);
  assert.equal(ada.connected, true);
});

test("an event is invoked through the extension, and ends where no function waits for it", { timeout: 60_000 }, async () => {
  const invoke = (...args) => run(["invoke", "--bindings", "extension", "--user", "ada", ...args]);
  const join = await invoke("--event", "join", '["lobby"]');
  assert.equal(join.code, 0, join.said);
  assert.equal(JSON.parse(join.data).ack[0].ok, true);
  const connect = await invoke("--event", "connect");
  assert.equal(connect.code, 0, connect.said);
  assert.equal(JSON.parse(connect.data).answer.status, 200);
  const misspelt = await invoke("--event", "jion");
  assert.equal(misspelt.code, 1);
  assert.equal(JSON.parse(misspelt.data).outcome, "unhandled");
});
