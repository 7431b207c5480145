// What breaks on the way of an event, through the whole stack with the official client. README.md has the promises.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once as happens } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { certificate } from "../clients/certificate.mjs";
import { io } from "../clients/packages.mjs";
import { once, root, run, sio } from "../clients/sio.mjs";
import { brokenService, freePort, slowLink } from "./network.mjs";

const program = `${root}target/debug/examples/once`;
let directory, orders, ports, emulator, host;
const sockets = new Set();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "sio-chaos-"));
  orders = join(directory, "orders");
  const { stdout } = await promisify(execFile)(program, ["manifest"]);
  for (const [name, content] of Object.entries(JSON.parse(stdout).files)) {
    await mkdir(join(directory, "app", name, ".."), { recursive: true });
    await writeFile(join(directory, "app", name), typeof content === "string" ? content : JSON.stringify(content));
  }
  const customHandler = { description: { defaultExecutablePath: "handler" }, enableProxyingHttpRequest: true };
  await writeFile(join(directory, "app", "host.json"), JSON.stringify({ version: "2.0", customHandler }));
  await copyFile(program, join(directory, "app", "handler"));
  ports = { emulator: await freePort(), host: await freePort() };
  await startEmulator();
  await startHost();
}, { timeout: 120_000 });

after(async () => {
  for (const socket of sockets) socket.disconnect();
  await host?.stop();
  await emulator?.stop();
  if (directory) await rm(directory, { recursive: true });
}, { timeout: 60_000 });

async function startEmulator(...options) {
  const upstream = `http://localhost:${ports.host}/api/socketio`;
  emulator = await sio(["emulator", "--port", String(ports.emulator), "--upstream", upstream, ...options]);
}

async function startHost({ options = [], shell, ...settings } = {}) {
  const env = { WebPubSubForSocketIOConnectionString: emulator.connectionString, ORDERS: orders, ...settings };
  const args = ["host", join(directory, "app"), "--no-watch", "--port", String(ports.host), ...options];
  host = await sio(args, { env, shell });
}

async function restartHost(how) {
  await host.stop();
  await startHost(how);
}

/** A client; `through` is another address for the service. */
async function client({ through } = {}) {
  const { endpoint, path, token } = await (await fetch(`http://localhost:${ports.host}/api/negotiate`)).json();
  const options = { path, query: { access_token: token }, forceNew: true, transports: ["websocket"] };
  const socket = io(through ?? endpoint, { ...options, reconnectionDelay: 50, reconnectionDelayMax: 200 });
  sockets.add(socket);
  if (!socket.connected) await once(socket, "connect", 30_000);
  return socket;
}

const clients = (count, options) => Promise.all(Array.from({ length: count }, () => client(options)));

let number = 0;
/** Sends an order; resolves to its text and what came back, which is undefined if nothing did. */
async function order(socket, patience = 40_000) {
  const text = `order ${++number}`;
  const acked = await socket.timeout(patience).emitWithAck("order", text).catch(() => undefined);
  return { text, acked };
}

/** How often each order was booked. */
async function booked() {
  const counts = new Map();
  for (const file of await readdir(orders)) {
    if (file.startsWith(".")) continue;
    const text = await readFile(join(orders, file), "utf8");
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** Every order that was acknowledged was booked once, with its own text, and none was booked twice. */
async function assertOnce(results) {
  const counts = await booked();
  for (const { text, acked } of results) {
    if (acked !== undefined) {
      assert.equal(acked, text);
      assert.equal(counts.get(text), 1, `${text} was acknowledged`);
    }
    assert.ok((counts.get(text) ?? 0) <= 1, `${text} was booked ${counts.get(text)} times`);
  }
}

/** The processes of the handler. */
async function handlers() {
  const found = [];
  for (const entry of await readdir("/proc")) {
    const exe = /^\d+$/.test(entry) && (await readlink(`/proc/${entry}/exe`).catch(() => undefined));
    if (exe === join(directory, "app", "handler")) found.push(Number(entry));
  }
  return found;
}

/** Waits until something holds that has no event of its own. */
async function until(holds, what) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const value = await holds();
    if (value) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`not within 30 s: ${what}`);
}

const faults = async (set) => {
  const answer = await fetch(`http://localhost:${ports.emulator}/_emulator/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(set),
  });
  assert.equal(answer.status, 200, await answer.text());
};

/** Fails if a fault has calls left: then it did not do what the test is about. */
async function assertUsedUp() {
  const { faults: left } = await (await fetch(`http://localhost:${ports.emulator}/_emulator/state`)).json();
  for (const [fault, rest] of Object.entries(left)) assert.ok(!rest?.calls, `${fault} has ${rest?.calls} calls left`);
}

for (const kills of [1, 3]) {
  test(`a handler that is killed ${kills} times in the middle of events books each once`, { timeout: 200_000 }, async () => {
    // A host that has seen no failure yet.
    await restartHost();
    const all = await clients(10);
    for (let kill = 0; kill < kills; kill++) {
      const before = (await booked().catch(() => new Map())).size;
      const [process_id] = await until(async () => (await handlers()).length && handlers(), "a handler");
      const results = Promise.all(all.map((socket) => order(socket)));
      // After its effect, and before its answer.
      await until(async () => (await booked().catch(() => new Map())).size > before, "a booking");
      process.kill(process_id, "SIGKILL");
      await assertOnce(await results);
    }
    if (kills === 3) {
      // The third failure ends the host, and the platform starts another one.
      assert.notEqual(await host.exited, 0);
      await startHost();
    }
    const last = await Promise.all(all.map((socket) => order(socket)));
    assert.ok(last.every(({ acked }) => acked !== undefined), "an order was not acknowledged");
    await assertOnce(last);
    for (const socket of all) socket.disconnect();
  });
}

test("a webhook that is delivered twice books once", { timeout: 100_000 }, async () => {
  const socket = await client();
  await faults({ webhook: { calls: 5, duplicate: true } });
  const results = [];
  for (let index = 0; index < 5; index++) results.push(await order(socket));
  await assertUsedUp();
  assert.ok(results.every(({ acked }) => acked !== undefined));
  await assertOnce(results);
  socket.disconnect();
});

test("a webhook that is late is answered, and the events keep their order", { timeout: 100_000 }, async () => {
  const socket = await client();
  // The event `connected` may be under way and take one.
  await faults({ webhook: { calls: 3, delay: 1000 } });
  const acked = [];
  const results = Promise.all([1, 2, 3].map(() => order(socket).then((result) => (acked.push(result.text), result))));
  await assertOnce(await results);
  await assertUsedUp();
  assert.deepEqual(acked, [...acked].sort((a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1])));
  assert.equal(acked.length, 3);
  socket.disconnect();
});

for (const status of [429, 503]) {
  test(`a service that answers ${status} gets the call again, and the client hears it once`, { timeout: 100_000 }, async () => {
    const socket = await client();
    const heard = [];
    socket.on("booked", (_, text) => heard.push(text));
    await faults({ rest: { calls: 2, status } });
    const result = await order(socket);
    await assertUsedUp();
    assert.equal(result.acked, result.text);
    // What was sent before the acknowledgement has come before it.
    assert.deepEqual(heard, [result.text]);
    await assertOnce([result]);
    socket.disconnect();
  });
}

test("after a restart of the emulator everybody is back", { timeout: 200_000 }, async () => {
  const all = await clients(5);
  const back = all.map((socket) => once(socket, "connect", 60_000));
  await emulator.stop("SIGKILL");
  await startEmulator();
  await Promise.all(back);
  const results = await Promise.all(all.map((socket) => order(socket)));
  assert.ok(results.every(({ acked }) => acked !== undefined));
  await assertOnce(results);
  for (const socket of all) socket.disconnect();
});

test("a restart of the host costs no client its connection", { timeout: 200_000 }, async () => {
  const all = await clients(5);
  await restartHost();
  const results = await Promise.all(all.map((socket) => order(socket)));
  assert.ok(results.every(({ acked }) => acked !== undefined));
  await assertOnce(results);
  for (const socket of all) socket.disconnect();
});

test("a slow link is slow, and loses nothing", { timeout: 200_000 }, async (t) => {
  const link = await slowLink(ports.emulator, 4096);
  t.after(() => link.close());
  const socket = await client({ through: link.origin });
  const results = [];
  for (let index = 0; index < 10; index++) results.push(await order(socket));
  assert.ok(results.every(({ acked }) => acked !== undefined));
  await assertOnce(results);
  socket.disconnect();
});

test("a certificate that TLS refuses is not asked for again", { timeout: 100_000 }, async (t) => {
  const own = await certificate();
  let asked = 0;
  const service = createServer(own).on("connection", () => asked++).listen(0, "127.0.0.1");
  await happens(service, "listening");
  t.after(async () => {
    service.close();
    await own.remove();
    await restartHost();
  });
  const connection = emulator.connectionString.replace(/(?<=Endpoint=)[^;]*/, `https://localhost:${service.address().port}`);
  await restartHost({ WebPubSubForSocketIOConnectionString: connection });
  const [, key] = connection.match(/AccessKey=([^;]*)/);
  const text = `order ${++number}`;
  const answer = await fetch(`http://localhost:${ports.host}/api/socketio`, {
    method: "POST",
    headers: {
      "ce-connectionid": "c", "ce-hub": "hub", "ce-type": "azure.webpubsub.user.order", "ce-eventname": "order",
      "ce-namespace": "/", "ce-socketid": "s", "ce-id": "1",
      "ce-signature": `sha256=${createHmac("sha256", key).update("c").digest("hex")}`,
    },
    body: `421["order","${text}"]`,
  });
  // The event has failed: nothing is acknowledged.
  assert.deepEqual([answer.status, await answer.text()], [200, ""]);
  assert.equal((await booked()).get(text), 1);
  assert.equal(asked, 1);
  await until(() => /certificate/i.test(host.stderr()), "an error about the certificate");
});

/** A file of more than a kilobyte cannot be written. */
const FULL_DISK = "trap '' XFSZ && ulimit -f 1";

test("a service that breaks off is answered for, and holds no event up", { timeout: 300_000 }, async (t) => {
  const link = await brokenService(ports.emulator);
  t.after(async () => {
    link.close();
    await emulator.stop();
    await startEmulator();
    await restartHost();
  });
  await emulator.stop();
  await startEmulator("--endpoint", link.origin);
  await restartHost({ SOCKETIO_FUNCTIONS_EVENT_DEADLINE: "5" });
  const socket = await client();
  const heard = [];
  socket.on("booked", (_, text) => heard.push(text));
  for (const [fault, { acked, hears, calls }] of Object.entries({
    // The call may have been made, so it is not made again; the event has failed, and nothing says otherwise.
    reset: { acked: false, hears: 0, calls: 1 },
    nothing: { acked: false, hears: 0, calls: 1 },
    "half a head": { acked: false, hears: 1, calls: 1 },
    // The status says all there is to know.
    "half a body": { acked: true, hears: 1, calls: 1 },
    "half a refusal": { acked: true, hears: 1, calls: 2 },
    "a body that stalls": { acked: true, hears: 1, calls: 1 },
    "a refusal that stalls": { acked: true, hears: 1, calls: 2 },
  })) {
    await t.test(fault, async () => {
      link.faults.push(fault);
      link.calls = 0;
      let answer;
      const text = `order ${++number}`;
      socket.emit("order", text, (booked) => (answer = booked));
      const began = Date.now();
      // The events of a connection come one after the other: when this one is acknowledged, that one is over.
      const next = await order(socket);
      assert.ok(Date.now() - began < 30_000, `the next order took ${Date.now() - began} ms`);
      assert.equal(next.acked, next.text);
      assert.equal(answer, acked ? text : undefined);
      assert.deepEqual(heard.splice(0), [...Array(hears).fill(text), next.text]);
      assert.equal(link.calls, calls + 1);
      assert.deepEqual(link.faults, []);
      const counts = await booked();
      assert.deepEqual([counts.get(text), counts.get(next.text)], [1, 1]);
    });
  }
  socket.disconnect();
});

test("on a full disk an order is refused whole, and no half recording stays", { timeout: 200_000 }, async (t) => {
  const recordings = join(directory, "recordings");
  t.after(() => restartHost());
  await restartHost({ shell: FULL_DISK, options: ["--record", recordings] });
  const socket = await client();
  const heard = [];
  socket.on("booked", (_, text) => heard.push(text));
  const large = `order ${++number} ${"x".repeat(4000)}`;
  let answered = false;
  socket.emit("order", large, () => (answered = true));
  const small = await order(socket);
  assert.equal(small.acked, small.text);
  assert.deepEqual([answered, heard], [false, [small.text]]);
  assert.equal((await booked()).get(large), undefined);
  await assertOnce([small]);
  const kept = await readdir(recordings);
  // That of the webhook's validation is small enough.
  assert.ok(kept.length > 0);
  for (const file of kept) JSON.parse(await readFile(join(recordings, file), "utf8"));
  assert.match(host.stderr(), /0001-\S+\.json cannot be written: File too large/);
  socket.disconnect();
});

test("on a full disk no half project stays", { timeout: 60_000 }, async () => {
  const cwd = await mkdtemp(join(directory, "new-"));
  const { code, said } = await run(["new", "chat"], { cwd, shell: FULL_DISK });
  assert.equal(code, 1);
  assert.match(said, /cannot be written: File too large/);
  assert.deepEqual(await readdir(cwd), []);
});

test("output that cannot be written fails the command, and a log that cannot be written fails nothing", { timeout: 200_000 }, async (t) => {
  const { code, said } = await run(["completions", "bash"], { shell: "exec >/dev/full" });
  assert.deepEqual([code, said], [1, "error: cannot write to stdout: No space left on device (os error 28)\n"]);
  t.after(() => restartHost());
  await restartHost({ shell: "exec 2>/dev/full" });
  const socket = await client();
  const result = await order(socket);
  assert.equal(result.acked, result.text);
  await assertOnce([result]);
  assert.equal(host.stderr(), "");
  socket.disconnect();
});
