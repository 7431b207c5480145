// The chat's functions, called by the official client through everything that `sio dev` starts.
// The tests know nothing but the ready line.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { io } from "../clients/packages.mjs";
import { closeConnections, sendToGroup } from "../clients/rest.mjs";
import { once, sio } from "../clients/sio.mjs";

let stack;
const sockets = [];

before(async () => {
  stack = await sio(["dev", "--port", "0", "--emulator-port", "0", "--no-watch"], { timeout: 100_000 });
}, { timeout: 120_000 });

after(async () => {
  for (const socket of sockets) socket.disconnect();
  await stack?.stop();
}, { timeout: 30_000 });

const negotiate = async (name) =>
  (await fetch(`${stack.app}/api/negotiate?name=${encodeURIComponent(name)}`)).json();

/** A client that is not connected yet. */
async function client(name, options = {}) {
  const { endpoint, path, token } = await negotiate(name);
  const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true, ...options });
  sockets.push(socket);
  return socket;
}

/** A client that is connected and in a room. */
async function member(name, room, options) {
  const socket = await client(name, options);
  await once(socket, "connect");
  assert.equal((await socket.timeout(10_000).emitWithAck("join", room)).ok, true);
  return socket;
}

const roads = {
  websocket: { transports: ["websocket"] },
  polling: { transports: ["polling"] },
  upgrade: {},
};

for (const [road, options] of Object.entries(roads)) {
  test(`a message reaches the room but not its sender, over ${road}`, { timeout: 60_000 }, async () => {
    const room = `room-${road}`;
    const [ada, grace] = await Promise.all([member("Ada", room, options), member("Grace", room, options)]);
    const echoed = [];
    ada.on("message", (message) => echoed.push(message));
    const heard = once(grace, "message");
    const answer = await ada.timeout(10_000).emitWithAck("message", room, "hello <b>");
    assert.equal(answer.ok, true);
    const [message] = await heard;
    assert.deepEqual(message, { room, from: "Ada", text: "hello <b>", at: answer.at });
    // What the sender would have got stands in order before this acknowledgement.
    await ada.timeout(10_000).emitWithAck("leave", room);
    assert.deepEqual(echoed, []);
  });

  test(`a rejected name sees the function's own words, over ${road}`, { timeout: 60_000 }, async () => {
    for (const [name, words] of [["", /choose a name/], ["x".repeat(30), /too long/], ["system", /reserved/]]) {
      const socket = await client(name, options);
      const [error] = await once(socket, "connect_error");
      assert.match(error.message, words);
      assert.equal(socket.active, false, "a rejection is final");
    }
  });

  test(`a client that the service drops comes back with a new token, over ${road}`, { timeout: 60_000 }, async () => {
    const name = `drop-${road}`;
    const socket = await client(name, { ...options, reconnection: false });
    await once(socket, "connect");
    const first = socket.id;
    const dropped = once(socket, "disconnect");
    await closeConnections(stack, name);
    await dropped;
    const { token } = await negotiate(name);
    socket.io.opts.query = { access_token: token };
    const back = once(socket, "connect");
    socket.connect();
    await back;
    assert.notEqual(socket.id, first);
    assert.equal((await socket.timeout(10_000).emitWithAck("join", "again")).ok, true);
  });

  test(`a server disconnect is one for good, over ${road}`, { timeout: 60_000 }, async () => {
    const socket = await member(`kicked-${road}`, `kick-${road}`, options);
    const gone = once(socket, "disconnect");
    await sendToGroup(stack, "/", socket.id, "41");
    assert.equal((await gone)[0], "io server disconnect");
    assert.equal(socket.active, false);
  });
}

test("coming and going is told to everybody else", { timeout: 60_000 }, async () => {
  const ada = await member("Ada", "hall");
  const came = once(ada, "came");
  const guest = await client("Guest");
  assert.deepEqual(await came, ["Guest"]);
  const went = once(ada, "went");
  guest.disconnect();
  assert.deepEqual(await went, ["Guest"]);
});

test("a private message reaches every connection of one person and nobody else", { timeout: 60_000 }, async () => {
  const [ada, bob, again, eve] = await Promise.all(["Ada", "Bob W", "Bob W", "Eve"].map((name) => member(name, "den")));
  const overheard = [];
  eve.on("whisper", (message) => overheard.push(message));
  const heard = Promise.all([once(bob, "whisper"), once(again, "whisper")]);
  assert.equal((await ada.timeout(10_000).emitWithAck("whisper", "Bob W", "psst")).ok, true);
  for (const [message] of await heard) assert.equal(message.text, "psst");
  await eve.timeout(10_000).emitWithAck("leave", "den");
  assert.deepEqual(overheard, []);
});

test("what a function refuses comes back as the acknowledgement", { timeout: 60_000 }, async () => {
  const ada = await member("Ada", "den");
  const answer = await ada.timeout(10_000).emitWithAck("message", "den", "  ");
  assert.equal(answer.ok, false);
  assert.match(answer.error, /message is empty/);
});

test("an event without a function, and one of another shape, disturb nobody", { timeout: 60_000 }, async () => {
  const ada = await member("Ada", "den");
  await assert.rejects(ada.timeout(500).emitWithAck("nobody-listens", 1), /timed out/);
  await assert.rejects(ada.timeout(500).emitWithAck("message", { not: "a room" }), /timed out/);
  assert.equal((await ada.timeout(10_000).emitWithAck("join", "den")).ok, true);
  assert.match(stack.stderr(), /"nobody-listens".*has no handler/);
  assert.match(stack.stderr(), /argument 1 of "[^"]+": expected String/);
});

test("a namespace that no function serves is refused", { timeout: 60_000 }, async () => {
  const { endpoint, path, token } = await negotiate("Ada");
  const socket = io(`${endpoint}/elsewhere`, { path, query: { access_token: token }, forceNew: true });
  sockets.push(socket);
  const [error] = await once(socket, "connect_error");
  assert.equal(error.message, "Invalid namespace");
});

test("the terminal says in a line what became of an event", { timeout: 60_000 }, async () => {
  const ada = await member("Tia", "timeline");
  await ada.timeout(10_000).emitWithAck("message", "timeline", "x");
  const line = /Tia +message  acked  [\d.]+ ms  → message room timeline, not its sender \(0 clients\)/;
  await stack.said(line);
  assert.doesNotMatch(stack.stderr(), /access_token|AccessKey=|eyJ/, "no secret is shown");
});

test("negotiate and the webhook answer as any HTTP client sees", { timeout: 60_000 }, async () => {
  const negotiated = await fetch(`${stack.app}/api/negotiate?name=Zo%C3%AB`);
  assert.equal(negotiated.headers.get("cache-control"), "no-store");
  const { endpoint, path, token } = await negotiated.json();
  assert.equal(endpoint, stack.emulator);
  assert.equal(path, "/clients/socketio/hubs/hub");
  const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
  assert.equal(claims.sub, "Zoë");
  assert.equal(claims.aud, `${endpoint}${path}`);

  const options = await fetch(stack.webhook, { method: "OPTIONS", headers: { "WebHook-Request-Origin": "localhost" } });
  assert.equal(options.headers.get("webhook-allowed-origin"), "localhost");
  const foreign = await fetch(stack.webhook, { method: "OPTIONS", headers: { "WebHook-Request-Origin": "evil.example" } });
  assert.equal(foreign.status, 400);
  const unsigned = await fetch(stack.webhook, { method: "POST", headers: { "ce-connectionId": "x" }, body: "42[\"message\"]" });
  assert.equal(unsigned.status, 401);
  assert.equal(await unsigned.text(), "");
});
