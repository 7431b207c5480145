// The chat with real Socket.IO clients, and an emulator in the place of the service: npm test

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { io } from "socket.io-client";

import { createApp } from "./app.mjs";
import { startEmulator } from "./emulator.mjs";
import { Service } from "./service.mjs";

const timeout = 20_000;
const clients = new Set();
let app, emulator, address;

before(async () => {
  app = createApp();
  await new Promise((listening) => app.listen(0, "127.0.0.1", listening));
  address = `http://127.0.0.1:${app.address().port}`;
  emulator = await startEmulator(`${address}/api/socketio`);
  app.service = new Service(emulator.connectionString, "hub");
});

beforeEach(() => {
  for (const client of clients) client.disconnect();
  clients.clear();
  return emulator.reset();
});

after(async () => {
  for (const client of clients) client.disconnect();
  await emulator?.stop();
  app?.closeAllConnections();
  app?.close();
});

/** The first arguments of an event, or a rejection when it does not come. */
const next = (client, event) =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no ${event}`)), 10_000);
    client.once(event, (...args) => (clearTimeout(late), resolve(args)));
  });

async function client(name) {
  const { endpoint, path, token } = await (await fetch(`${address}/api/negotiate?name=${name}`)).json();
  const socket = io(endpoint, { path, query: { access_token: token }, transports: ["websocket"], reconnection: false });
  clients.add(socket);
  return socket;
}

async function connected(name) {
  const socket = await client(name);
  await next(socket, "connect");
  return socket;
}

test("a message reaches the others in its room", { timeout }, async () => {
  const [ada, bob, eve] = await Promise.all(["ada", "bob", "eve"].map(connected));
  for (const socket of [ada, bob]) {
    assert.deepEqual(await socket.timeout(5000).emitWithAck("join", "lobby"), { ok: true });
  }
  const strangers = [];
  for (const socket of [ada, eve]) socket.on("message", (...args) => strangers.push(args));
  const heard = next(bob, "message");
  assert.deepEqual(await ada.timeout(5000).emitWithAck("message", "lobby", "hello"), { ok: true });
  assert.deepEqual(await heard, [{ from: "ada", text: "hello" }]);
  // An acknowledgement comes after what was sent before it, so nothing is on its way any more.
  for (const socket of [ada, eve]) await socket.timeout(5000).emitWithAck("join", "elsewhere");
  assert.deepEqual(strangers, []);
});

test("a banned user is refused", { timeout }, async () => {
  const [error] = await next(await client("banned"), "connect_error");
  assert.match(error.message, /403/);
});

test("the emulator shows what arrived", { timeout }, async () => {
  const ada = await connected("ada");
  await ada.timeout(5000).emitWithAck("join", "lobby");
  const { hubs } = await emulator.state();
  const groups = hubs[0].connections.flatMap((connection) => connection.groups);
  assert.ok(groups.includes("0~Lw~bG9iYnk"), `the room lobby is not in ${groups}`);
  const { traces } = await emulator.traces();
  const join = traces.find((trace) => trace.name === "join" && trace.user === "ada");
  assert.deepEqual([join.outcome, join.arguments, join.ack], ["acked", ['"lobby"'], ['{"ok":true}']]);
  const { steps } = await emulator.trace(join.id);
  assert.equal(steps[0].body, '420["join","lobby"]');
});

test("a service that refuses a call once leaves the event without an acknowledgement", { timeout }, async () => {
  const ada = await connected("ada");
  await emulator.faults({ rest: { calls: 1, status: 429 } });
  await assert.rejects(ada.timeout(500).emitWithAck("join", "lobby"));
  assert.deepEqual(await ada.timeout(5000).emitWithAck("join", "lobby"), { ok: true });
});

test("a stranger cannot post events", { timeout }, async () => {
  const response = await fetch(`${address}/api/socketio`, {
    method: "POST",
    headers: { "ce-type": "azure.webpubsub.sys.connected", "ce-connectionid": "c", "ce-signature": "sha256=00" },
  });
  assert.equal(response.status, 401);
});
