// What stderr says about the classic mistakes, and what the client sees of them.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { once } from "../clients/sio.mjs";
import { world } from "./support.mjs";

const timeout = 60_000;

test("a function app that does not answer the validation is told how", { timeout }, async () => {
  const w = await world();
  try {
    w.hook.allowed = null;
    const client = w.client();
    const [error] = await once(client, "connect_error");
    assert.match(error.message, /did not pass validation/);
    assert.equal(client.active, false);
    await w.emulator.said(/Abuse protection for '.*' missing allowed origins[\s\S]*WebHook-Allowed-Origin: localhost/);
    assert.equal(w.hook.events.length, 0);
  } finally {
    await w.close();
  }
});

test("a host without the extension, or without the function, is told apart", { timeout }, async () => {
  const nobody = createServer((_, response) => response.writeHead(404).end());
  await new Promise((resolve) => nobody.listen(0, "127.0.0.1", resolve));
  try {
    for (const [path, hint] of [
      ["/runtime/webhooks/socketio", /404 Not Found\s+hint: [^\n]*ExtensionBundle\.Preview/],
      ["/api/socketio", /404 Not Found\s+hint: [^\n]*Check --upstream/],
    ]) {
      const w = await world(["--upstream", `http://127.0.0.1:${nobody.address().port}${path}`]);
      try {
        await once(w.client(), "connect_error");
        await w.emulator.said(hint);
      } finally {
        await w.close();
      }
    }
  } finally {
    nobody.close();
  }
});

for (const [status, hint] of [
  [404, /no function takes this event[\s\S]*--upstream/],
  [401, /signature[\s\S]*key/],
  [400, /localhost and 127\.0\.0\.1/],
]) {
  test(`a refusal with ${status} comes with a hint`, { timeout }, async () => {
    const w = await world();
    try {
      w.hook.on.connect = () => ({ status });
      const [error] = await once(w.client(), "connect_error");
      assert.equal(error.message, `Connection rejected with status ${status}`);
      await w.emulator.said(hint);
    } finally {
      await w.close();
    }
  });
}

test("an unreachable upstream is an error the log explains", { timeout }, async () => {
  const w = await world();
  try {
    await w.hook.close();
    const [error] = await once(w.client(), "connect_error");
    assert.match(error.message, /could not be reached/);
    await w.emulator.said(/the function app could not be reached/);
  } finally {
    await w.close();
  }
});

for (const [path, owner, hint] of [
  ["/socket.io/?EIO=4&transport=polling", "a Socket.IO server", /option path: "\/clients\/socketio\/hubs\/HUB"/],
  ["/engine.io/", "a Socket.IO server", /option path/],
  ["/client/hubs/hub", "plain Web PubSub", /need Azure Web PubSub itself/],
  ["/server/", "the service's default mode", /this is serverless mode/],
  ["/clients/socketio/server/hubs/hub", "the service's default mode", /this is serverless mode/],
]) {
  test(`a request for ${path} is answered with 404 and a hint`, { timeout }, async () => {
    const w = await world();
    try {
      const answer = await fetch(w.endpoint + path);
      assert.equal(answer.status, 404);
      await w.emulator.said(new RegExp(`a path of ${owner}, was answered with 404\\s+hint: [^\\n]*${hint.source}`));
    } finally {
      await w.close();
    }
  });
}

test("a client of Engine.IO 3, and a send that no client can read, are named with the remedy", { timeout }, async () => {
  const w = await world();
  try {
    const answer = await fetch(`${w.endpoint}/clients/socketio/hubs/hub/?EIO=3&transport=polling&access_token=${w.clientToken({ sub: "ada" })}`);
    assert.equal(answer.status, 400);
    await w.emulator.said(/another version of Engine\.IO than 4\s+hint: [^\n]*version 3 or later/);
    assert.equal((await w.rest("POST", "/:send", { body: "hello" })).status, 202);
    await w.emulator.said(/sent nothing to hub hub that a Socket\.IO client can read\s+hint: /);
  } finally {
    await w.close();
  }
});

test("a page that the inspector refuses is reported once, with its origin", { timeout }, async () => {
  const w = await world();
  try {
    for (let i = 0; i < 3; i += 1) {
      const answer = await fetch(`${w.endpoint}/_emulator/state`, { headers: { origin: "http://evil.example" } });
      assert.equal(answer.status, 403);
    }
    // What is logged after them shows that there was no more.
    await fetch(`${w.endpoint}/socket.io/`);
    await w.emulator.said(/a Socket\.IO server/);
    assert.equal(w.emulator.stderr().match(/evil\.example/g)?.length, 1, w.emulator.stderr());
    assert.match(w.emulator.stderr(), /refused with 403[^\n]*page of another origin \(origin: "http:\/\/evil\.example"\)/);
  } finally {
    await w.close();
  }
});
