// The chat works in each of the three ways in which a host hands a request to its handler.

import assert from "node:assert/strict";
import { once as emitted } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { io } from "../clients/packages.mjs";
import { once, root, run, sio } from "../clients/sio.mjs";

/** The switches of host.json, and what the host's log calls the result. */
const ways = {
  proxied: { enableProxyingHttpRequest: true, enableForwardingHttpRequest: true },
  forwarded: { enableProxyingHttpRequest: false, enableForwardingHttpRequest: true },
  envelope: { enableProxyingHttpRequest: false, enableForwardingHttpRequest: false },
};

/** A free port, for the one of the two programs that must be told where the other will be. */
async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await emitted(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** A script root of its own with the switches of a way. */
async function scriptRoot(t, switches) {
  const staged = await run(["stage"]);
  assert.equal(staged.code, 0, staged.said);
  const directory = await mkdtemp(join(tmpdir(), "sio-"));
  t.after(() => rm(directory, { recursive: true }));
  await cp(join(root, "function-app"), directory, { recursive: true });
  const path = join(directory, "host.json");
  const host = JSON.parse(await readFile(path, "utf8"));
  Object.assign(host.customHandler, switches);
  await writeFile(path, JSON.stringify(host));
  return directory;
}

for (const [way, switches] of Object.entries(ways)) {
  test(`the chat works ${way}`, { timeout: 90_000 }, async (t) => {
    const directory = await scriptRoot(t, switches);
    const port = await freePort();
    const upstream = `http://localhost:${port}/api/socketio`;
    const emulator = await sio(["emulator", "--port", "0", "--upstream", upstream]);
    t.after(() => emulator.stop());
    const env = { WebPubSubForSocketIOConnectionString: emulator.connectionString };
    const host = await sio(["host", directory, "--verbose", "--port", String(port)], { env });
    t.after(() => host.stop());

    const page = await fetch(`${host.app}/api/index`);
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    assert.match(await page.text(), /socket\.io/);
    const script = await fetch(`${host.app}/api/assets/chat.js`);
    assert.equal(await script.text(), await readFile(join(directory, "public/chat.js"), "utf8"));

    const members = [];
    for (const name of ["Ada", "Zoë 消"]) {
      const query = `name=${encodeURIComponent(name)}`;
      const { endpoint, path, token } = await (await fetch(`${host.app}/api/negotiate?${query}`)).json();
      const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true });
      t.after(() => socket.disconnect());
      await once(socket, "connect");
      assert.equal((await socket.timeout(10_000).emitWithAck("join", "room")).ok, true);
      members.push(socket);
    }
    const heard = once(members[0], "message");
    const answer = await members[1].timeout(10_000).emitWithAck("message", "room", "grüß dich \u{1f44b}");
    assert.equal(answer.ok, true);
    const [message] = await heard;
    assert.deepEqual([message.from, message.text], ["Zoë 消", "grüß dich \u{1f44b}"]);
    // A trace is written when it has ended, a moment after its response.
    const line = new RegExp(`socketio POST .*${way}`, "i");
    await host.said(line);
  });
}
