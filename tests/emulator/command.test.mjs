// The command: its ready line, its errors, its end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { once, root, sio } from "../clients/sio.mjs";
import { KEY, world } from "./support.mjs";

const timeout = 60_000;

/** Runs the tool to its end. */
async function run(...args) {
  const child = spawn(process.env.SIO ?? `${root}target/debug/sio`, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

test("the ready line names endpoint and connection string", { timeout }, async () => {
  const emulator = await sio(["emulator", "--port", "0"]);
  assert.match(emulator.emulator, /^http:\/\/localhost:\d+$/);
  assert.match(emulator.connectionString, new RegExp(`^Endpoint=${emulator.emulator};AccessKey=.{32,};Version=1.0;$`));
  const health = await fetch(`${emulator.emulator}/api/health`);
  assert.equal(health.status, 200);
  assert.equal(await emulator.stop("SIGINT"), 0);
});

test("the command checks the health of an emulator that runs", { timeout }, async () => {
  const emulator = await sio(["emulator", "--port", "0"]);
  assert.deepEqual(await run("emulator", "--health", emulator.emulator), { code: 0, stdout: "", stderr: "" });
  await emulator.stop();
  const { code, stderr } = await run("emulator", "--health", emulator.emulator);
  assert.equal(code, 1);
  assert.match(stderr, /no healthy emulator/);
  // It starts nothing, so no other option goes with it.
  assert.equal((await run("emulator", "--health", emulator.emulator, "--port", "0")).code, 2);
});

test("people read what to paste, and what else there is", { timeout }, async () => {
  const [usual, own] = await Promise.all([
    sio(["emulator", "--port", "0"]),
    sio(["emulator", "--port", "0", "--key", KEY, "--upstream", "http://localhost:7071/runtime/webhooks/socketio"]),
  ]);
  await Promise.all([usual.stop(), own.stop()]);
  assert.ok(usual.stderr().includes(`"WebPubSubForSocketIOConnectionString": "${usual.connectionString}"`), usual.stderr());
  assert.match(usual.stderr(), /--upstream http:\/\/localhost:7071\/runtime\/webhooks\/socketio/);
  // A key of one's own is printed where programs read it, and nowhere else.
  assert.match(own.stderr(), /AccessKey=…;Version=1\.0;/);
  assert.ok(!own.stderr().includes(KEY));
  assert.doesNotMatch(own.stderr(), /--upstream/);
});

test("the endpoint may be another than where it listens", { timeout }, async () => {
  const emulator = await sio(["emulator", "--port", "0", "--endpoint", "https://chat.example", "--key", KEY]);
  assert.equal(emulator.connectionString, `Endpoint=https://chat.example;AccessKey=${KEY};Version=1.0;`);
  await emulator.stop();
});

test("a port that is taken is an error that names the option", { timeout }, async () => {
  const emulator = await sio(["emulator", "--port", "0"]);
  const { code, stdout, stderr } = await run("emulator", "--port", new URL(emulator.emulator).port);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /taken[\s\S]*--port/);
  await emulator.stop();
});

for (const [option, value, code] of [
  ["--upstream", "http://{event}.example/", 1],
  ["--upstream", "nonsense", 1],
  ["--endpoint", "ftp://x", 2],
  ["--key", "a;b", 2],
  ["--secondary-key", "", 2],
  ["--listen", "nowhere", 2],
  ["--port", "99999", 2],
  ["--unknown", "x", 2],
]) {
  test(`${option} ${value} is refused`, { timeout }, async () => {
    const result = await run("emulator", "--port", "0", option, value);
    assert.equal(result.code, code, result.stderr);
    assert.equal(result.stdout, "");
    assert.match(result.stderr, /error/);
  });
}

test("an error says what is wrong once, and then what to do", { timeout }, async () => {
  const { stderr } = await run("emulator", "--port", "0", "--upstream", "nonsense");
  assert.match(stderr, /^error: the emulator cannot start: the upstream "nonsense" [^\n]*\nhint: [^\n]*\n$/);
});

test("a file says everything, and options come before it", { timeout }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "sio-emulator-"));
  const file = join(folder, "emulator.toml");
  await writeFile(file, `port = 0\nkey = "${KEY}"\nanonymous = true\n[settings.transport]\nping_interval = "123ms"\n`);
  const emulator = await sio(["emulator", "--config", file, "--secondary-key", "second"]);
  const open = await fetch(`${emulator.emulator}/clients/socketio/hubs/hub/?EIO=4&transport=polling`);
  const text = await open.text();
  await emulator.stop();
  assert.equal(emulator.connectionString, `Endpoint=${emulator.emulator};AccessKey=${KEY};Version=1.0;`);
  assert.match(text, /"pingInterval":123,/);

  await writeFile(file, "port = 0\n[settings]\nconnect_timeout = 45\n");
  const { code, stderr } = await run("emulator", "--config", file);
  assert.equal(code, 1);
  assert.match(stderr, /emulator\.toml:3:19: .*a duration such as .*connect_timeout/);
  await rm(folder, { recursive: true });
});

test("it ends within three seconds, and clients know", { timeout }, async () => {
  const w = await world();
  const clients = [w.client({ transports: ["websocket"] }), w.client({ transports: ["polling"] })];
  await Promise.all(clients.map((client) => once(client, "connect")));
  const reasons = clients.map((client) => once(client, "disconnect"));
  const started = Date.now();
  assert.equal(await w.emulator.stop(), 0);
  assert.ok(Date.now() - started < 3000, `${Date.now() - started} ms`);
  assert.deepEqual(
    (await Promise.all(reasons)).map(([reason]) => reason),
    ["transport close", "transport close"],
  );
  await w.hook.event((e) => e.name === "disconnected");
  await w.close();
});

test("stderr tells the story of an event and no secret", { timeout }, async () => {
  const w = await world();
  const client = w.client();
  await once(client, "connect");
  client.emit("chat", "argument");
  await w.hook.event("chat");
  await w.rest("POST", "/:send", { body: '42["news"]' });
  await w.close();
  const log = w.emulator.stderr();
  for (const line of [/ connect, connected  ok/, / chat  ok  [\d.]+ ms/, /news  ok .*→ news all of the hub \(1 client\)/]) {
    assert.match(log, line);
  }
  for (const secret of [KEY, "eyJ", "argument"]) assert.ok(!log.includes(secret), log);
});
