// Emulator and function app against the cases of the official Socket.IO protocol suite, with the example
// `socket_io_suite` as the server. L09.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { createInterface } from "node:readline";

import { WebSocket } from "../clients/packages.mjs";
import { root } from "../clients/sio.mjs";

describe("the Socket.IO protocol", { timeout: 120_000 }, () => {
  let server, url;
  before(async () => {
    server = spawn("cargo", ["run", "-q", "--example", "socket_io_suite", "--", "--port", "0"], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    url = await new Promise((resolve, reject) => {
      createInterface({ input: server.stdout }).once("line", (line) => resolve(JSON.parse(line).ready));
      server.once("exit", (code) => reject(new Error(`socket_io_suite ended with ${code}`)));
    });
  });
  after(() => process.kill(-server.pid));

  /** A WebSocket whose handshake was read. `next()` is its next message that is not a ping. */
  async function opened() {
    const ws = new WebSocket(`${url.replace("http", "ws")}?EIO=4&transport=websocket`);
    const [messages, readers] = [[], []];
    ws.on("message", (data, binary) => {
      const message = binary ? data : String(data);
      if (message === "2") return;
      const reader = readers.shift();
      if (reader) reader(message);
      else messages.push(message);
    });
    ws.on("error", () => {});
    ws.closed = new Promise((resolve) => ws.once("close", resolve));
    ws.next = () => (messages.length ? Promise.resolve(messages.shift()) : new Promise((resolve) => readers.push(resolve)));
    const handshake = JSON.parse((await ws.next()).slice(1));
    assert.deepEqual([handshake.pingInterval, handshake.pingTimeout, handshake.maxPayload], [300, 200, 1_000_000]);
    return ws;
  }

  async function connected(packet = "40", place = "", auth = "{}") {
    const ws = await opened();
    ws.send(packet);
    const answer = await ws.next();
    assert.ok(answer.startsWith(`40${place}`), answer);
    const handshake = JSON.parse(answer.slice(2 + place.length));
    assert.deepEqual(Object.keys(handshake), ["sid"]);
    assert.equal(await ws.next(), `42${place}["auth",${auth}]`);
    return ws;
  }

  test("connect: the main and a custom namespace, with and without a payload", async () => {
    await connected();
    await connected('40{"token":"123"}', "", '{"token":"123"}');
    await connected("40/custom,", "/custom,");
    await connected('40/custom,{"token":"abc"}', "/custom,", '{"token":"abc"}');
  });

  test("connect: an unknown namespace is refused", async () => {
    const ws = await opened();
    ws.send("40/random");
    assert.equal(await ws.next(), '44/random,{"message":"Invalid namespace"}');
  });

  test("connect: an invalid handshake, and a missing one, close the connection", async () => {
    const ws = await opened();
    ws.send("4abc");
    await ws.closed;
    await (await opened()).closed;
  });

  test("disconnect: from the main namespace, and from a custom one only", async () => {
    const left = await connected();
    left.send("41");
    const ws = await connected();
    ws.send("40/custom");
    assert.match(await ws.next(), /^40\/custom,/);
    assert.equal(await ws.next(), '42/custom,["auth",{}]');
    ws.send("41/custom");
    ws.send('42["message","message to main namespace"]');
    assert.equal(await ws.next(), '42["message-back","message to main namespace"]');
  });

  test("message: text and binary, with and without an ack", async () => {
    const ws = await connected();
    ws.send('42["message",1,"2",{"3":[true]}]');
    assert.equal(await ws.next(), '42["message-back",1,"2",{"3":[true]}]');
    ws.send('42456["message-with-ack",1,"2",{"3":[false]}]');
    assert.equal(await ws.next(), '43456[1,"2",{"3":[false]}]');
    const places = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
    for (const [sent, answered] of [
      [`452-["message",${places}]`, `452-["message-back",${places}]`],
      [`452-789["message-with-ack",${places}]`, `462-789[${places}]`],
    ]) {
      ws.send(sent);
      ws.send(Uint8Array.from([1, 2, 3]));
      ws.send(Uint8Array.from([4, 5, 6]));
      assert.equal(await ws.next(), answered);
      assert.deepEqual(await ws.next(), Buffer.from([1, 2, 3]));
      assert.deepEqual(await ws.next(), Buffer.from([4, 5, 6]));
    }
  });

  for (const packet of ["4abc", "42{}", '42abc["message-with-ack",1]']) {
    test(`message: ${packet} closes the connection`, async () => {
      const ws = await connected();
      ws.send(packet);
      await ws.closed;
    });
  }
});
