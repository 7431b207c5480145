// Handlers that are not built on this project's library, each with HTTP, timer and Socket.IO functions.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { once } from "../clients/sio.mjs";
import { actions, http, negotiation, trigger, world } from "./support.mjs";

const functions = {
  hello: http(),
  negotiate: http(negotiation),
  tick: [{ type: "timerTrigger", direction: "in", name: "timer", schedule: "* * * * * *" }, actions],
  connect: [trigger("connect")],
  chat: [trigger("chat"), actions],
};

const timeout = 60_000;

for (const [name, program, handler] of [
  ["Node with http", "node", "trio/node.mjs"],
  ["Node with fastify", "node", "trio/fastify.mjs"],
  ["Python with http.server", "python3", "trio/python.py"],
]) {
  describe(name, () => {
    let app;
    before(async () => (app = await world(program, handler, functions)), { timeout });
    after(() => app?.close(), { timeout });

    test("answers over HTTP", { timeout }, async () => {
      const answer = await fetch(`${app.host.app}/api/hello?name=Ada`);
      assert.equal(answer.status, 200);
      assert.equal(await answer.text(), "hello Ada");
    });

    test("acknowledges an event and tells everybody", { timeout }, async () => {
      const clients = await Promise.all([app.connect("one"), app.connect("two")]);
      await Promise.all(clients.map((client) => client.connected || once(client, "connect")));
      const [acked, ...heard] = await Promise.all([
        new Promise((resolve, reject) =>
          clients[0].timeout(10_000).emit("chat", "grüß", (error, ...args) => (error ? reject(error) : resolve(args))),
        ),
        ...clients.map((client) => once(client, "chat")),
      ]);
      assert.deepEqual(acked, ["ok", 4]);
      assert.deepEqual(heard, [["grüß"], ["grüß"]]);
    });

    test("is woken by a timer", { timeout }, async () => {
      const client = await app.connect("watcher");
      assert.deepEqual(await once(client, "tick"), [false]);
    });
  });
}
