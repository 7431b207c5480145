// The official client in the cases that no other file bears.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { once } from "../clients/sio.mjs";
import { group, world } from "./support.mjs";

describe("further cases", { timeout: 60_000 }, () => {
  let w;
  before(async () => {
    w = await world();
  });
  after(() => w.close());

  async function connected(options = {}) {
    const client = w.client({ transports: ["websocket"], ...options });
    await once(client, "connect");
    return client;
  }
  const ackOf = (event, list) => ({ body: `43${/^42((?:\/[^,]*,)?\d+)/.exec(event.body)[1]}${JSON.stringify(list)}` });

  test("a token of another algorithm is refused", async () => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const [, claims] = w.clientToken().split(".");
    const content = `${part({ alg: "HS512", typ: "JWT" })}.${claims}`;
    const token = `${content}.${createHmac("sha512", "key-of-the-official-client-tests-0123456789").update(content).digest("base64url")}`;
    const [error] = await once(w.client({ token, transports: ["polling"], reconnection: false }), "connect_error");
    assert.equal(error.description, 401);
  });

  test("a client whose only namespace is refused closes its engine, and no client hears that it left", async () => {
    w.hook.on.connect = (event) => (event.namespace === "/deny" ? { status: 403 } : {});
    const client = w.client({ namespace: "/deny", transports: ["websocket"] });
    const closed = new Promise((resolve) => client.io.on("close", resolve));
    await once(client, "connect_error");
    await closed;
    const other = await connected();
    other.disconnect();
    await w.hook.event((event) => event.name === "disconnected" && event.namespace === "/");
    assert.ok(!w.hook.events.some((event) => event.name === "disconnected" && event.namespace === "/deny"));
  });

  test("a socket that comes back is a new one on the same connection", async () => {
    const client = await connected();
    const other = client.io.socket("/other");
    await once(other, "connect");
    const [id, connection] = [client.id, client.io.engine.id];
    client.disconnect();
    client.connect();
    await once(client, "connect");
    const event = await w.hook.event((e) => e.name === "connect" && e.socket === client.id);
    assert.notEqual(client.id, id);
    assert.equal(event.connection, connection);
  });

  test("what is emitted on connect comes after the connect webhook has ended", async () => {
    let ended;
    w.hook.on.connect = async (event) => {
      if (event.namespace === "/first") {
        await sleep(100);
        ended = Date.now();
      }
      return {};
    };
    let came;
    w.hook.on.early = () => ((came = Date.now()), {});
    const client = w.client({ namespace: "/first", transports: ["websocket"] });
    client.on("connect", () => client.emit("early"));
    await w.hook.event("early");
    assert.ok(came >= ended);
  });

  test("the connected function reaches the socket", async () => {
    w.hook.on.connected = async (event) => {
      if (event.namespace === "/greeted") {
        await w.rest("POST", `/groups/${group("/greeted", event.socket)}/:send`, { body: '42/greeted,["welcome"]' });
      }
      return {};
    };
    await once(w.client({ namespace: "/greeted", transports: ["websocket"] }), "welcome");
  });

  test("acks of a namespace carry any arguments", async () => {
    w.hook.on.q = (event) => ({ ...ackOf(event, ["ü\u2028😀", { a: [1, { b: null }] }, 3]), headers: { "content-type": "text/plain; charset=utf-8" } });
    const client = await connected({ namespace: "/ns" });
    const answer = await new Promise((resolve) => client.emit("q", 1, (...list) => resolve(list)));
    assert.deepEqual(answer, ["ü\u2028😀", { a: [1, { b: null }] }, 3]);
  });

  test("an answer without content is not an ack", async () => {
    w.hook.on.none = () => ({ status: 204 });
    const client = await connected();
    await assert.rejects(client.timeout(200).emitWithAck("none"), /timed out/);
    assert.equal(client.connected, true);
  });

  test("a binding that disconnects with close ends the engine", async () => {
    const client = await connected();
    const engine = client.io.engine;
    const closed = once(engine, "close");
    const reason = once(client, "disconnect");
    const filter = encodeURIComponent(`'${group("/", client.id)}' in groups`);
    const answer = await w.rest("POST", "/:send", { body: '41{"close":true}', query: `&filter=${filter}` });
    assert.equal(answer.status, 202);
    assert.equal((await reason)[0], "io server disconnect");
    await closed;
    assert.equal(client.active, false);
  });
});
