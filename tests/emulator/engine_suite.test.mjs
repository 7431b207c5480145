// The transport alone against the cases of the official Engine.IO protocol suite, with the example
// `engine_echo` as its server. L08.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import { WebSocket } from "../clients/packages.mjs";
import { root } from "../clients/sio.mjs";

const [pingInterval, pingTimeout] = [300, 200];

describe("the Engine.IO protocol", { timeout: 120_000 }, () => {
  let server, url;
  before(async () => {
    server = spawn("cargo", ["run", "-q", "--example", "engine_echo", "--", "--port", "0"], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: server.stdout }).once("line", resolve);
      server.once("exit", (code) => reject(new Error(`engine_echo ended with ${code}`)));
    });
    url = `${JSON.parse(line).ready}/engine.io/`;
  });
  after(() => process.kill(-server.pid));

  const at = (query) => `${url}?EIO=4&${query}`;
  const polling = (sid) => at(`transport=polling&sid=${sid}`);
  const get = async (address) => {
    const response = await fetch(address);
    return { status: response.status, text: await response.text() };
  };
  const post = (address, body) => fetch(address, { method: "POST", body }).then((response) => response.status);

  async function session() {
    const { status, text } = await get(at("transport=polling"));
    assert.equal(status, 200);
    const handshake = JSON.parse(text.slice(1));
    assert.deepEqual(Object.keys(handshake).sort(), ["maxPayload", "pingInterval", "pingTimeout", "sid", "upgrades"]);
    assert.deepEqual(handshake.upgrades, ["websocket"]);
    assert.deepEqual([handshake.pingInterval, handshake.pingTimeout], [pingInterval, pingTimeout]);
    return handshake.sid;
  }

  /** A WebSocket with `next()` for its messages and `closed`. */
  function socket(query) {
    const ws = new WebSocket(at(query).replace("http", "ws"));
    ws.binaryType = "nodebuffer";
    const [messages, readers] = [[], []];
    ws.on("message", (data, binary) => {
      const message = binary ? data : String(data);
      const reader = readers.shift();
      if (reader) reader(message);
      else messages.push(message);
    });
    ws.on("error", () => {});
    ws.closed = new Promise((resolve) => ws.once("close", resolve));
    ws.next = () => (messages.length ? Promise.resolve(messages.shift()) : new Promise((resolve) => readers.push(resolve)));
    return ws;
  }

  async function opened() {
    const ws = socket("transport=websocket");
    const handshake = JSON.parse((await ws.next()).slice(1));
    assert.deepEqual(handshake.upgrades, []);
    return ws;
  }

  test("handshake, polling: opens; refuses a wrong EIO, transport and method", async () => {
    await session();
    for (const query of ["transport=polling", "EIO=abc&transport=polling", "EIO=4&transport=abc", "EIO=4"]) {
      assert.equal((await get(`${url}?${query}`)).status, 400, query);
    }
    assert.equal(await post(at("transport=polling"), ""), 400);
    assert.equal((await fetch(at("transport=polling"), { method: "PUT" })).status, 400);
  });

  test("handshake, WebSocket: opens; refuses a wrong EIO and transport", async () => {
    (await opened()).close();
    for (const query of ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4&transport=abc"]) {
      const ws = new WebSocket(`${url.replace("http", "ws")}?${query}`);
      ws.on("error", () => {});
      await new Promise((resolve) => ws.once("close", resolve));
    }
  });

  test("message, polling: one packet, several, binary", async () => {
    const sid = await session();
    for (const payload of ["4hello", "4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA=="]) {
      assert.equal(await post(polling(sid), payload), 200);
      const received = [];
      while (received.length < payload.split("\x1e").length) {
        for (const packet of (await get(polling(sid))).text.split("\x1e")) {
          // A ping may come in between, or in the same body.
          if (packet === "2") await post(polling(sid), "3");
          else received.push(packet);
        }
      }
      assert.equal(received.join("\x1e"), payload);
    }
  });

  test("message, polling: an invalid packet and a second poll close", async () => {
    const sid = await session();
    // The official suite names 400 and takes any answer; the reference server's is 200.
    assert.equal(await post(polling(sid), "abc"), 200);
    assert.equal((await get(polling(sid))).status, 400);
    const second = await session();
    const polls = await Promise.all([get(polling(second)), sleep(5).then(() => get(`${polling(second)}&t=burst`))]);
    assert.deepEqual(polls[0], { status: 200, text: "1" });
    assert.equal(polls[1].status, 400);
    assert.equal((await get(polling(second))).status, 400);
  });

  test("message, WebSocket: text, binary, an invalid packet", async () => {
    const ws = await opened();
    ws.send("4hello");
    assert.equal(await ws.next(), "4hello");
    ws.send(Buffer.from([1, 2, 3, 4]));
    assert.deepEqual(await ws.next(), Buffer.from([1, 2, 3, 4]));
    ws.send("abc");
    await ws.closed;
  });

  test("heartbeat: pings and pongs, and the end without pongs", async () => {
    const [sid, ws] = [await session(), await opened()];
    for (let n = 0; n < 3; n += 1) {
      const [poll, ping] = await Promise.all([get(polling(sid)), ws.next()]);
      assert.deepEqual([poll.text, ping], ["2", "2"]);
      ws.send("3");
      assert.equal(await post(polling(sid), "3"), 200);
    }
    await ws.closed;
    await sleep(pingInterval + pingTimeout);
    assert.equal((await get(polling(sid))).status, 400);
  });

  test("close: on either transport", async () => {
    const sid = await session();
    const [poll] = await Promise.all([get(polling(sid)), sleep(5).then(() => post(polling(sid), "1"))]);
    assert.deepEqual(poll, { status: 200, text: "6" });
    assert.equal((await get(polling(sid))).status, 400);
    const ws = await opened();
    ws.send("1");
    await ws.closed;
  });

  test("upgrade: moves, and ignores what comes for the same session later", async () => {
    const sid = await session();
    const ws = socket(`transport=websocket&sid=${sid}`);
    await new Promise((resolve) => ws.once("open", resolve));
    ws.send("2probe");
    assert.equal(await ws.next(), "3probe");
    ws.send("5");
    ws.send("4hello");
    assert.equal(await ws.next(), "4hello");
    assert.equal((await get(polling(sid))).status, 400);
    await socket(`transport=websocket&sid=${sid}`).closed;
    ws.send("4again");
    assert.equal(await ws.next(), "4again");
    ws.close();
  });
});
