// The official client on each transport: connecting, events, acks, rooms, broadcasts, leaving.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { once } from "../clients/sio.mjs";
import { group, world } from "./support.mjs";

const transports = {
  websocket: { transports: ["websocket"] },
  polling: { transports: ["polling"] },
  upgrade: {},
};

for (const [name, options] of Object.entries(transports)) {
  describe(`over ${name}`, { timeout: 60_000 }, () => {
    let w;
    before(async () => {
      w = await world();
    });
    after(() => w.close());

    async function connected(more = {}) {
      const client = w.client({ ...options, ...more });
      await once(client, "connect");
      return client;
    }

    test("a client connects and the function app is told", async () => {
      const client = await connected();
      const connect = await w.hook.event((e) => e.name === "connect" && e.socket === client.id);
      assert.equal(connect.namespace, "/");
      assert.equal(connect.type, "azure.webpubsub.sys.connect");
      assert.equal(connect.connection, client.io.engine.id);
      await w.hook.event((e) => e.name === "connected" && e.socket === client.id);
      assert.ok(!client.recovered);
    });

    test("namespaces share a connection", async () => {
      const client = await connected();
      const chat = client.io.socket("/chat");
      await once(chat, "connect");
      const connect = await w.hook.event((e) => e.socket === chat.id);
      assert.equal(connect.namespace, "/chat");
      assert.equal(connect.connection, client.io.engine.id);
      assert.notEqual(chat.id, client.id);
    });

    test("events and acks keep their arguments", async () => {
      const client = await connected();
      w.hook.on.q = (event) => ({ body: `43${/^42(\d+)/.exec(event.body)[1]}["ok",{"ü":[1,null]}]` });
      const [text, object] = await new Promise((resolve) => client.emit("q", 1, "2", { a: [true] }, (...a) => resolve(a)));
      assert.deepEqual([text, object], ["ok", { ü: [1, null] }]);
      const event = w.hook.events.findLast((e) => e.name === "q");
      assert.match(event.body, /^42\d+\["q",1,"2",\{"a":\[true\]\}\]$/);
      assert.equal(event.type, "azure.webpubsub.user.q");
      assert.match(event.headers["content-type"], /^text\/plain/);
    });

    test("an unanswered ack times out", async () => {
      const client = await connected();
      await assert.rejects(client.timeout(200).emitWithAck("silent"), /timed out/);
      assert.equal(client.connected, true);
    });

    test("fifty acks in parallel arrive in order", async () => {
      const client = await connected();
      w.hook.on.many = (event) => {
        const [, id, n] = /^42(\d+)\["many",(\d+)\]$/.exec(event.body);
        return { body: `43${id}[${n}]` };
      };
      const order = [];
      const sent = Array.from({ length: 50 }, (_, n) => client.emitWithAck("many", n).then((m) => order.push(m)));
      await Promise.all(sent);
      assert.deepEqual(order, Array.from({ length: 50 }, (_, n) => n));
    });

    test("a broadcast reaches everybody", async () => {
      const clients = await Promise.all([connected(), connected()]);
      const news = clients.map((client) => once(client, "news"));
      const answer = await w.rest("POST", "/:send", { body: '42["news",1]' });
      assert.equal(answer.status, 202);
      assert.deepEqual(await Promise.all(news), [[1], [1]]);
    });

    test("a room reaches its members only", async () => {
      const [inside, outside] = await Promise.all([connected(), connected()]);
      const join = await w.rest("POST", "/:addToGroups", {
        type: "application/json",
        body: JSON.stringify({ groups: [group("/", name)], filter: `'${group("/", inside.id)}' in groups` }),
      });
      assert.equal(join.status, 200);
      let leaked = false;
      outside.on("room", () => (leaked = true));
      const heard = once(inside, "room");
      await w.rest("POST", `/groups/${group("/", name)}/:send`, { body: '42["room","x"]' });
      assert.deepEqual(await heard, ["x"]);
      // What comes after it on the same connection shows that it did not come.
      const marker = once(outside, "marker");
      await w.rest("POST", `/groups/${group("/", outside.id)}/:send`, { body: '42["marker"]' });
      await marker;
      assert.equal(leaked, false);
    });

    test("binary goes both ways", async () => {
      const client = await connected();
      const placeholder = '{"_placeholder":true,"num":0}';
      w.hook.on.up = (event) => {
        const id = /^451-(\d+)/.exec(event.body)[1];
        return { body: `461-${id}[${placeholder}]\u001ebBAUG` };
      };
      const back = await client.emitWithAck("up", Buffer.from([1, 2, 3]));
      assert.deepEqual(Buffer.from(back), Buffer.from([4, 5, 6]));
      const event = w.hook.events.findLast((e) => e.name === "up");
      assert.match(event.body, /^451-\d+\["up",\{"_placeholder":true,"num":0\}\]\u001ebAQID$/);

      const file = once(client, "f");
      await w.rest("POST", "/:send", { body: `451-["f",${placeholder}]\u001ebAQID` });
      assert.deepEqual(Buffer.from((await file)[0]), Buffer.from([1, 2, 3]));
    });

    test("a client that leaves is reported", async () => {
      const client = await connected();
      const id = client.id;
      client.disconnect();
      const event = await w.hook.event((e) => e.name === "disconnected" && e.socket === id);
      assert.equal(event.body, '{"reason":""}');
    });

    test("a server disconnect is final until the client connects again", async () => {
      const client = await connected();
      const id = client.id;
      const reason = once(client, "disconnect");
      await w.rest("POST", `/groups/${group("/", id)}/:send`, { body: "41" });
      assert.equal((await reason)[0], "io server disconnect");
      assert.equal(client.active, false);
      await w.hook.event((e) => e.name === "disconnected" && e.socket === id);
      assert.equal((await w.rest("HEAD", `/groups/${group("/", id)}`)).status, 404);
      client.connect();
      await once(client, "connect");
      assert.notEqual(client.id, id);
    });

    test("a disconnect with close ends the engine without a parse error", async () => {
      const client = await connected();
      const chat = client.io.socket("/chat");
      await once(chat, "connect");
      const reasons = [once(client, "disconnect"), once(chat, "disconnect")];
      const engine = client.io.engine;
      const closed = once(engine, "close");
      await w.rest("POST", `/groups/${group("/", client.id)}/:send`, { body: '41{"close":true}' });
      assert.deepEqual(
        (await Promise.all(reasons)).map(([reason]) => reason),
        ["io server disconnect", "io server disconnect"],
      );
      await closed;
    });

    test("a kicked client comes back as a new connection", async () => {
      const client = await connected();
      const old = client.io.engine.id;
      const reason = once(client, "disconnect");
      const kicked = await w.rest("DELETE", `/connections/${old}`, { query: "&reason=bye" });
      assert.equal(kicked.status, 204);
      assert.equal((await reason)[0], "transport close");
      const event = await w.hook.event((e) => e.name === "disconnected" && e.connection === old);
      assert.match(JSON.parse(event.body).reason, /bye/);
      await once(client, "connect");
      assert.notEqual(client.io.engine.id, old);
    });

    test("a refused client reads why and does not come back", async () => {
      w.hook.on.connect = (event) =>
        event.namespace === "/deny" ? { status: 400, body: '{"message":"nope","data":{"code":7}}' } : {};
      const client = w.client({ ...options, namespace: "/deny" });
      const [error] = await once(client, "connect_error");
      assert.equal(error.message, "nope");
      assert.deepEqual(error.data, { code: 7 });
      assert.equal(client.active, false);
    });
  });
}

test("an upgraded client keeps its socket", { timeout: 60_000 }, async () => {
  const w = await world();
  try {
    const client = w.client();
    await once(client, "connect");
    const id = client.id;
    if (client.io.engine.transport.name !== "websocket") await once(client.io.engine, "upgrade");
    w.hook.on.q = (event) => ({ body: `43${/^42(\d+)/.exec(event.body)[1]}[]` });
    await client.timeout(5_000).emitWithAck("q");
    assert.equal(client.id, id);
    assert.equal(client.io.engine.transport.name, "websocket");
  } finally {
    await w.close();
  }
});
