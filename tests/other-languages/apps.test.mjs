// The apps in other languages with the official client, between them the emulator.

import assert from "node:assert/strict";
import { test } from "node:test";

import { once, sio } from "../clients/sio.mjs";
import { client, recorder, start } from "./kit.mjs";

const timeout = 60_000;
const apps = { "Node's HTTP server": ["node", ["node/app.mjs"]], "Python's HTTP server": ["python3", ["python/app.py"]] };

async function world(command, args) {
  const between = await recorder();
  const emulator = await sio(["emulator", "--port", "0", "--upstream", `${between.url}/api/socketio`]);
  const app = await start(command, args, emulator.connectionString);
  between.target = app.url;
  const clients = [];
  return {
    app,
    emulator,
    exchanges: between.exchanges,
    async connect(name) {
      const socket = await client(app.url, name);
      clients.push(socket);
      return socket;
    },
    async stop() {
      for (const socket of clients) socket.disconnect();
      await emulator.stop();
      await app.stop();
      await between.stop();
    },
  };
}

for (const [name, [command, args]] of Object.entries(apps)) {
  test(`the chat on ${name}`, { timeout }, async (t) => {
    const world_ = await world(command, args);
    try {
      const [ada, bob, eve] = await Promise.all(["ada", "Bob é", "eve"].map(world_.connect));
      await Promise.all([ada, bob, eve].map((socket) => once(socket, "connect")));

      await t.test("joins and acknowledges", async () => {
        for (const socket of [ada, bob]) assert.deepEqual(await socket.timeout(10_000).emitWithAck("join", "lobby"), { ok: true });
      });

      await t.test("a message reaches the others in its room alone", async () => {
        const strangers = [];
        for (const socket of [bob, eve]) socket.on("message", (...event) => strangers.push(event));
        const heard = once(ada, "message");
        assert.deepEqual(await bob.timeout(10_000).emitWithAck("message", "lobby", "hé"), { ok: true });
        assert.deepEqual(await heard, [{ from: "Bob é", text: "hé" }]);
        for (const socket of [bob, eve]) await socket.timeout(10_000).emitWithAck("join", "elsewhere");
        assert.deepEqual(strangers, []);
      });

      await t.test("an event that it does not know passes", async () => {
        ada.emit("unknown", 1);
        assert.deepEqual(await ada.timeout(10_000).emitWithAck("join", "lobby"), { ok: true });
        const answer = world_.exchanges.find((exchange) => exchange.headers["ce-eventname"] === "unknown").answer;
        assert.equal(answer.status, 200);
      });

      await t.test("a handler that fails is logged, and the connection goes on", async () => {
        await assert.rejects(ada.timeout(300).emitWithAck("message"));
        assert.deepEqual(await ada.timeout(10_000).emitWithAck("join", "lobby"), { ok: true });
      });

      await t.test("a banned user is refused", async () => {
        const [error] = await once(await world_.connect("banned"), "connect_error");
        assert.match(error.message, /403/);
      });

      await t.test("a stranger is refused", async () => {
        const headers = { "ce-type": "azure.webpubsub.sys.connected", "ce-connectionid": "c", "ce-signature": "sha256=00" };
        const answer = await fetch(`${world_.app.url}/api/socketio`, { method: "POST", headers, body: "{}" });
        assert.equal(answer.status, 401);
      });

      await t.test("it hears of a client that has gone", async () => {
        eve.disconnect();
        await world_.app.line(/^eve left: /);
      });
    } finally {
      await world_.stop();
    }
  });
}
