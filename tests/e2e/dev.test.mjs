// What `sio dev` does while a project is being changed, and how it ends, with one that is compiled in a moment.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once as emitted } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { io } from "../clients/packages.mjs";
import { once, root, run, sio, written } from "../clients/sio.mjs";

const PORTS = ["--port", "0", "--emulator-port", "0"];

async function folder(t) {
  const directory = await mkdtemp(join(tmpdir(), "sio-dev-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

/** A project of one file. Its build goes beside it, whatever the environment says. */
async function project(t) {
  const directory = await folder(t);
  await mkdir(join(directory, "src"));
  await mkdir(join(directory, "function-app"));
  await cp(join(root, "tests/fixtures/tiny/main.rs"), join(directory, "src/main.rs"));
  await writeFile(join(directory, "Cargo.toml"), '[package]\nname = "tiny"\nedition = "2024"\n\n[workspace]\n');
  await writeFile(join(directory, "host.json"), JSON.stringify({
    version: "2.0",
    customHandler: { description: { defaultExecutablePath: "handler" }, enableProxyingHttpRequest: true },
  }));
  return directory;
}

const env = { CARGO_TARGET_DIR: "target" };

/** Changes the project's source. */
async function change(directory, from, to) {
  const file = join(directory, "src/main.rs");
  const source = await readFile(file, "utf8");
  assert.ok(source.includes(from), from);
  await writeFile(file, source.replace(from, to));
}

async function client(t, stack) {
  const negotiated = await run(["negotiate", "--hub", "hub", "--connection", stack.connectionString]);
  assert.equal(negotiated.code, 0, negotiated.said);
  const { endpoint, path, token } = JSON.parse(negotiated.data);
  const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true, transports: ["websocket"] });
  t.after(() => socket.disconnect());
  await once(socket, "connect");
  return socket;
}

const version = async (stack) => (await fetch(`${stack.app}/api/version`)).text();

test("a change is rebuilt, an error is shown, and clients stay connected", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  const stack = await sio(["dev", "--project", directory, ...PORTS], { env });
  t.after(() => stack.stop());
  const lines = stack.stderr();
  assert.match(lines, /handler ready/, "what the host says stands above the ready line");

  const socket = await client(t, stack);
  const id = socket.id;
  const gone = [];
  socket.on("disconnect", (reason) => gone.push(reason));
  assert.equal(await socket.timeout(10_000).emitWithAck("which"), "one");

  await change(directory, 'VERSION: &str = "one"', 'VERSION: &str = "two"');
  await stack.said("with the new handler");
  assert.equal(await version(stack), "two");
  assert.equal(await socket.timeout(10_000).emitWithAck("which"), "two");

  await change(directory, 'VERSION: &str = "two"', "VERSION: &str = 3");
  await stack.said("what ran before goes on");
  assert.match(stack.stderr(), /E0308|mismatched types/, "the compiler's own words");
  assert.equal(await version(stack), "two");

  await change(directory, "VERSION: &str = 3", 'VERSION: &str = "three"');
  await stack.said("with the new handler", { times: 2 });
  assert.equal(await socket.timeout(10_000).emitWithAck("which"), "three");
  assert.deepEqual([socket.id, gone], [id, []]);
});

test("a handler that does not compile at the start is waited for, and a page says so", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  await change(directory, 'VERSION: &str = "one"', "VERSION: &str = 1");
  const port = await freePort();
  const child = spawn(process.env.SIO ?? join(root, "target/debug/sio"), [
    "dev", "--project", directory, "--port", port, "--emulator-port", "0", "--log", "json",
  ], { env: { ...process.env, ...env } });
  t.after(() => child.kill());
  let words = "", data = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (words += text));
  child.stdout.setEncoding("utf8").on("data", (text) => (data += text));
  await written(child.stderr, () => words, "waiting for a change");
  const lines = words.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.ok(lines.some(({ cargo }) => /E0308|mismatched types/.test(cargo)), "the compiler's own words, as JSON too");
  const page = await fetch(`http://localhost:${port}/`);
  assert.equal(page.status, 503);
  assert.match(await page.text(), /http-equiv="refresh".*does not build or run/s);
  await change(directory, "VERSION: &str = 1", 'VERSION: &str = "one"');
  await written(child.stdout, () => data, "\n");
  assert.equal(JSON.parse(data).ready.app, `http://localhost:${port}`);
  assert.equal(await (await fetch(`http://localhost:${port}/api/version`)).text(), "one");
});

test("a broken Cargo.toml at the start is waited for, too", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  const manifest = join(directory, "Cargo.toml");
  const sound = await readFile(manifest, "utf8");
  await writeFile(manifest, sound.replace('name = "tiny"', 'name = "tiny'));
  const port = await freePort();
  const child = spawn(process.env.SIO ?? join(root, "target/debug/sio"), [
    "dev", "--project", directory, "--port", port, "--emulator-port", "0",
  ], { env: { ...process.env, ...env } });
  t.after(() => child.kill());
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (words += text));
  await written(child.stderr, () => words, "waiting for a change");
  assert.match(words, /cargo could not read .*Cargo\.toml/);
  assert.equal((await fetch(`http://localhost:${port}/`)).status, 503);
  await writeFile(manifest, sound);
  await written(child.stderr, () => words, "the inspector");
  assert.equal(await (await fetch(`http://localhost:${port}/api/version`)).text(), "one");
  const once_ = await run(["dev", "--project", join(directory, "src"), ...PORTS], { env });
  assert.equal(once_.code, 1, "without a project there is nothing to wait for");
});

test("without a copy of the client the terminal says the cure, which npm install is", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  await mkdir(join(directory, "function-app/public"));
  const tag = '<script src="https://cdn.socket.io/4.8.1/socket.io.min.js"></script>';
  await writeFile(join(directory, "function-app/public/index.html"), tag);
  const dev = ["dev", "--project", directory, "--no-watch", ...PORTS];
  const without = await sio(dev, { env });
  t.after(() => without.stop());
  assert.match(without.stderr(), /client {2}pages load .* from its CDN; without a network: npm install socket\.io-client/);
  assert.equal((await fetch(`${without.app}/_sio/socket.io.min.js`)).status, 404);
  await without.stop();

  const installed = join(root, "tests/clients/node_modules/socket.io-client");
  await cp(installed, join(directory, "node_modules/socket.io-client"), { recursive: true });
  const with_ = await sio(dev, { env });
  t.after(() => with_.stop());
  assert.doesNotMatch(with_.stderr(), /from its CDN/);
  const script = await (await fetch(`${with_.app}/_sio/socket.io.min.js`)).text();
  assert.equal(script, await readFile(join(installed, "dist/socket.io.min.js"), "utf8"));
});

test("a reload lets a running handler finish, and has open pages reload", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  await mkdir(join(directory, "function-app/public"));
  const page = join(directory, "function-app/public/index.html");
  await writeFile(page, "one");
  const stack = await sio(["dev", "--project", directory, ...PORTS], { env });
  t.after(() => stack.stop());
  const pages = (seen) => fetch(`${stack.app}/_sio/reload?seen=${seen}`).then((response) => response.text());
  const first = await pages("none");
  let next = pages(first);
  await writeFile(page, "two");
  const second = await next;
  assert.notEqual(second, first);
  assert.match(stack.stderr(), /reload {2}function-app\/public\/index.html changed/);

  const socket = await client(t, stack);
  await writeFile(join(directory, "function-app/slow"), "");
  const answer = socket.timeout(60_000).emitWithAck("slow");
  await stack.said("an event is slow");
  next = pages(second);
  await change(directory, 'VERSION: &str = "one"', 'VERSION: &str = "two"');
  await stack.said(/waits at most \d+ s for 1 running invocation to end/);
  await rm(join(directory, "function-app/slow"));
  assert.equal(await answer, "one", "the handler that had begun has ended it");
  await stack.said("with the new handler");
  assert.notEqual(await next, second);
  assert.equal(await socket.timeout(10_000).emitWithAck("which"), "two");
});

test("a change of host.json lets a running handler finish, too, and a host that did not start is started by the next change", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  const stack = await sio(["dev", "--project", directory, ...PORTS], { env });
  t.after(() => stack.stop());
  const socket = await client(t, stack);
  const slow = join(directory, "function-app/slow");
  await writeFile(slow, "");
  const answer = socket.timeout(60_000).emitWithAck("slow");
  await stack.said("an event is slow");
  const file = join(directory, "host.json");
  const host = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...host, functionTimeout: "00:04:00" }));
  await stack.said("the host again");
  await rm(slow);
  assert.equal(await answer, "one", "the handler that had begun has ended it");
  await stack.said("with the new handler");
  assert.equal(stack.stderr().match(/an event is slow/g).length, 1, "it ran once");

  const listening = "let port = std::env::var(";
  const broken = join(directory, "function-app/broken");
  await writeFile(broken, "");
  await change(directory, listening, `if std::path::Path::new("broken").exists() { std::process::exit(3) }\n    ${listening}`);
  await writeFile(file, JSON.stringify({ ...host, functionTimeout: "00:03:00" }));
  await stack.said("waiting for a change");
  await rm(broken);
  await change(directory, 'VERSION: &str = "one"', 'VERSION: &str = "two"');
  await stack.said("with the new handler", { times: 2 });
  assert.equal(await socket.timeout(10_000).emitWithAck("which"), "two");
});

test("--attach uses a handler that somebody else started", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  const staged = await run(["stage", "--project", directory], { env });
  assert.equal(staged.code, 0, staged.said);
  const port = await freePort();
  const handler = spawn(join(directory, "function-app/handler"), {
    env: { ...process.env, FUNCTIONS_CUSTOMHANDLER_PORT: port },
    stdio: "ignore",
  });
  t.after(() => handler.kill());

  const stack = await sio(["dev", "--project", directory, "--attach", port, ...PORTS], { env });
  t.after(() => stack.stop());
  assert.match(stack.stderr(), new RegExp(`handler ready on port ${port} `));
  const socket = await client(t, stack);
  assert.equal(await socket.timeout(10_000).emitWithAck("which"), "one");
  assert.equal(await stack.stop(), 0, stack.stderr());
  assert.equal(handler.exitCode, null, "it is not ours to end");
});

test("--attach says what it waits for, and waits", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  const port = await freePort();
  const dev = spawn(process.env.SIO ?? join(root, "target/debug/sio"), [
    "dev", "--project", directory, "--attach", port, ...PORTS,
  ], { env: { ...process.env, ...env } });
  t.after(() => dev.kill());
  let words = "", data = "";
  dev.stderr.setEncoding("utf8").on("data", (text) => (words += text));
  dev.stdout.setEncoding("utf8").on("data", (text) => (data += text));
  await written(dev.stderr, () => words, "WebPubSubForSocketIOConnectionString=");
  assert.match(words, new RegExp(`for a handler on port ${port}; start yours with`));
  assert.equal(data, "", "nothing is ready yet");
  // What it says is enough to start one.
  const told = Object.fromEntries([...words.matchAll(/(FUNCTIONS_\w+|WebPubSubForSocketIO\w+)="?([^"\n]+)"?/g)].map(([, name, value]) => [name, value]));
  assert.equal(told.FUNCTIONS_CUSTOMHANDLER_PORT, port);
  const handler = spawn(join(told.FUNCTIONS_APP_ROOT_PATH, "handler"), { env: { ...process.env, ...told }, stdio: "ignore" });
  t.after(() => handler.kill());
  await written(dev.stderr, () => words, "the inspector");
  await written(dev.stdout, () => data, "\n");
  const { ready } = JSON.parse(data);
  assert.equal(await version(ready), "one");
});

/** A port that nobody has. */
async function freePort() {
  const free = net.createServer().listen(0, "127.0.0.1");
  await emitted(free, "listening");
  const port = String(free.address().port);
  await new Promise((resolve) => free.close(resolve));
  return port;
}

test("--connection uses a service that runs elsewhere, and says how it gets here", { timeout: 120_000 }, async (t) => {
  const directory = await project(t);
  const port = await freePort();
  const service = await sio(["emulator", "--port", "0", "--upstream", `http://localhost:${port}/api/socketio`]);
  t.after(() => service.stop());
  const stack = await sio(
    ["dev", "--project", directory, "--port", port, "--no-watch", "--connection", service.connectionString],
    { env },
  );
  t.after(() => stack.stop());
  assert.equal(stack.connectionString, service.connectionString);
  // It stands below the ready line, which a script may have read before.
  await stack.said("sio doctor --connection");
  const words = stack.stderr();
  assert.match(words, new RegExp(`awps-tunnel run --hub HUB --upstream http://localhost:${port}`));
  assert.match(words, /url-template="tunnel:\/\/\/api\/socketio"/);
  assert.doesNotMatch(words, /AccessKey=/);
  const socket = await client(t, service);
  assert.equal(await socket.timeout(10_000).emitWithAck("which"), "one");
  assert.equal(await stack.stop(), 0, stack.stderr());
  assert.equal((await fetch(`${service.emulator}/api/health`, { method: "HEAD" })).status, 200, "it goes on");
});

/** The handler's process, as the host has told it. */
const handlerOf = (stack) => Number(/\(process (\d+)\)/.exec(stack.stderr())?.[1]);

for (const [kind, more] of [["an event in flight", {}], ["a handler that ignores signals", { TINY_DEAF: "1" }]]) {
  test(`dev ends within three seconds with ${kind}, and leaves no handler`, { timeout: 120_000 }, async (t) => {
    const directory = await project(t);
    const stack = await sio(["dev", "--project", directory, "--no-watch", ...PORTS], { env: { ...env, ...more } });
    t.after(() => stack.stop("SIGKILL"));
    const socket = await client(t, stack);
    const answers = [];
    socket.emit("hang", (answer) => answers.push(answer));
    await stack.said("an event hangs");
    const handler = handlerOf(stack);
    assert.ok(handler > 0, stack.stderr());
    const begun = Date.now();
    assert.equal(await stack.stop("SIGTERM"), 0, stack.stderr());
    assert.ok(Date.now() - begun < 3_000, `it took ${Date.now() - begun} ms:\n${stack.stderr()}`);
    assert.throws(() => process.kill(handler, 0), { code: "ESRCH" });
    assert.deepEqual(answers, [], "nobody has answered the event");
  });
}
