// The official client where something is wrong: tokens, frames, sizes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { once } from "../clients/sio.mjs";
import { world } from "./support.mjs";

describe("refusals", { timeout: 60_000 }, () => {
  let w;
  before(async () => {
    w = await world();
  });
  after(() => w.close());

  const ago = (seconds) => Math.floor(Date.now() / 1000) - seconds;
  const cases = {
    "k01 no token": () => null,
    "k06 a token of another key": () => w.clientToken({}, "another-key-altogether-0123456789"),
    "k09 an expired token": () => w.clientToken({ exp: ago(600) }),
    "k13 a token for another hub": () => w.clientToken({ aud: w.audience.replace(/hub$/, "other") }),
    "a token that is not a JWT": () => "nonsense",
  };
  for (const [name, make] of Object.entries(cases)) {
    test(`${name} is refused on every transport`, async () => {
      const polling = w.client({ token: make(), transports: ["polling"], reconnection: false });
      const [error] = await once(polling, "connect_error");
      assert.equal(error.message, "xhr poll error");
      assert.equal(error.description, 401);
      assert.equal(polling.active, true);
      const websocket = w.client({ token: make(), transports: ["websocket"], reconnection: false });
      const [failure] = await once(websocket, "connect_error");
      assert.equal(failure.message, "websocket error");
      assert.match(failure.description.message, /401/);
    });
  }

  test("the log names the audience that was expected", async () => {
    await w.emulator.said(new RegExp(`Expected Audiences: ${w.audience}`));
  });

  test("the path of a Socket.IO server is not found, and the log says which path is right", async () => {
    const client = w.client({ path: "/socket.io", transports: ["polling"], reconnection: false });
    const [error] = await once(client, "connect_error");
    assert.equal(error.description, 404);
    await w.emulator.said(/clients\/socketio\/hubs/);
  });

  test("a client comes back with a new token", async () => {
    const client = w.client({ token: w.clientToken({ exp: ago(600) }) });
    await once(client, "connect_error");
    client.io.opts.query.access_token = w.clientToken({ sub: "alice" });
    await once(client, "connect");
    const event = await w.hook.event((e) => e.name === "connect" && e.socket === client.id);
    assert.equal(event.headers["ce-userid"], "alice");
  });

  for (const [name, frame] of Object.entries({
    "an unknown packet": "4abc",
    "data that is not a list": "42{}",
    "a reserved event": '42["connect"]',
    "an event for a namespace that was not joined": '42/other,["x"]',
    "no Engine.IO at all": "nonsense",
  })) {
    test(`${name} closes the connection, and the client comes back`, async () => {
      const client = w.client({ transports: ["websocket"] });
      await once(client, "connect");
      const first = client.id;
      const reason = once(client, "disconnect");
      client.io.engine.transport.ws.send(frame);
      assert.equal((await reason)[0], "transport close");
      await once(client, "connect");
      assert.notEqual(client.id, first);
    });
  }

  test("a message that is too large closes its sender alone", async () => {
    const [sender, other] = [w.client({ transports: ["websocket"] }), w.client({ transports: ["websocket"] })];
    await Promise.all([once(sender, "connect"), once(other, "connect")]);
    sender.io.reconnection(false);
    const reason = once(sender, "disconnect");
    sender.emit("large", "x".repeat(1_100_000));
    assert.equal((await reason)[0], "transport close");
    const news = once(other, "news");
    await w.rest("POST", "/:send", { body: '42["news"]' });
    await news;
  });

  test("a polling client is told that the server closed", async () => {
    const client = w.client({ transports: ["polling"], reconnection: false });
    await once(client, "connect");
    const reason = once(client, "disconnect");
    await w.rest("DELETE", `/connections/${client.io.engine.id}`);
    const [name, details] = await reason;
    assert.equal(name, "transport close");
    assert.match(details.description, /closed by the server/);
  });
});

test("anonymous clients connect where they may", { timeout: 60_000 }, async () => {
  const w = await world(["--anonymous"]);
  try {
    const client = w.client({ token: null });
    await once(client, "connect");
    const event = await w.hook.event("connect");
    assert.equal(event.headers["ce-userid"], undefined);
  } finally {
    await w.close();
  }
});
