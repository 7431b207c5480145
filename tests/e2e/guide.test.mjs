// The guide's page code, taken from the guide and run: it stays connected though its first token is worth nothing any more.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { io } from "../clients/packages.mjs";
import { once, root, sio } from "../clients/sio.mjs";

let stack;

before(async () => {
  stack = await sio(["dev", "--port", "0", "--emulator-port", "0", "--no-watch"], { timeout: 300_000 });
}, { timeout: 310_000 });

after(async () => await stack?.stop(), { timeout: 30_000 });

/** The JavaScript blocks of a page of the guide. */
function blocks(page) {
  const text = readFileSync(`${root}src/docs/${page}.md`, "utf8");
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
}

/** The first of them that has `mark` in it. */
function block(page, mark) {
  const found = blocks(page).find((code) => code.includes(mark));
  assert.ok(found, `${page}.md has no block with ${mark}`);
  return found;
}

/** Asks the emulator's control API. */
async function control(path, body) {
  const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`${stack.emulator}/_emulator/${path}`, options);
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response;
}

test("every JavaScript block of the guide can be read", () => {
  const AsyncFunction = (async () => {}).constructor;
  const pages = readdirSync(`${root}src/docs`).map((file) => file.replace(/\.md$/, ""));
  let count = 0;
  for (const page of pages) {
    for (const code of blocks(page)) {
      // A function cannot import, and takes what was imported from outside.
      const body = code.replace(/^import .*$/gm, "");
      assert.doesNotThrow(() => new AsyncFunction(body), `${page}.md:\n${code}`);
      count += 1;
    }
  }
  assert.ok(count > 5, `${count} blocks are not all of them`);
});

test("the page in the guide gets a new token when it has lost its connection", { timeout: 60_000 }, async () => {
  const code = block("identity", "socket.io.opts.query");
  let negotiated = 0;
  let outages = 0;
  const negotiate = async (url) => {
    negotiated += 1;
    if (outages > 0) {
      outages -= 1;
      throw new TypeError("the network is away");
    }
    return fetch(`${stack.app}/api/${url}?name=Ada`);
  };
  const sockets = [];
  const open = (...args) => {
    sockets.push(io(...args));
    return sockets.at(-1);
  };
  // What the page does later is done soon.
  let later = 0;
  const soon = (run) => {
    later += 1;
    setTimeout(run, 50);
  };
  const page = new Function("io", "fetch", "setTimeout", `${code}\nreturn { connect };`);
  const { connect } = page(open, negotiate, soon);
  await connect();
  const [socket] = sockets;
  await once(socket, "connect");
  const first = socket.id;

  // Refuses every token from before; those of this second too, so the page has to try until the second is over.
  await control("faults", { tokens: { issuedUntil: Math.floor(Date.now() / 1000) } });
  const { hubs } = await (await control("state")).json();
  const [connection] = Object.values(hubs)[0].connections;
  outages = 2;
  const lost = once(socket, "disconnect");
  const back = once(socket, "connect", 20_000);
  await control("drop", { hub: "hub", connection: connection.id });
  await lost;
  await back;

  assert.notEqual(socket.id, first);
  assert.equal(sockets.length, 1, "it is the same socket that comes back, with its listeners");
  assert.equal(outages, 0);
  assert.ok(negotiated >= 4, `negotiated ${negotiated} times`);

  // Who is sent away stays away.
  const sent = once(socket, "disconnect");
  const before = later;
  await control("send", { hub: "hub", payload: "41" });
  assert.equal((await sent)[0], "io server disconnect");
  assert.equal(later, before, "the page has planned to come back");
});
