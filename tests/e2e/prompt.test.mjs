// `sio connect` and `sio invoke` as people and scripts use them, against a running app.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { root, run, sio } from "../clients/sio.mjs";

const program = process.env.SIO ?? `${root}target/debug/sio`;
let stack, env;

before(async () => {
  stack = await sio(["dev", "--port", "0", "--emulator-port", "0", "--no-watch"], { timeout: 100_000 });
  env = { WebPubSubForSocketIOConnectionString: stack.connectionString };
}, { timeout: 120_000 });

after(async () => {
  await stack?.stop();
}, { timeout: 30_000 });

/** Runs `sio connect` with lines as its input; resolves to the code, what it said, and the lines of its data. */
async function connect(lines, ...args) {
  const child = spawn(program, ["connect", ...args], { env: { ...process.env, ...env }, timeout: 60_000 });
  let said = "", data = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  child.stdout.setEncoding("utf8").on("data", (text) => (data += text));
  child.stdin.end(lines.join("\n"));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, said, data: data.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line)) };
}

test("a pipe emits, waits for the acknowledgement, and leaves", { timeout: 60_000 }, async () => {
  const { code, said, data } = await connect(["emit join lobby", 'emit message lobby "hello there"'], "--user", "ada");
  assert.equal(code, 0, said);
  assert.match(data[0].joined, /^[\w-]+$/);
  const acks = data.filter((line) => line.ack);
  assert.deepEqual(acks.map((line) => line.ack), ["join", "message"]);
  assert.equal(acks[1].arguments[0].ok, true);
});

test("what goes wrong ends a pipe with a reason", { timeout: 60_000 }, async () => {
  const unanswered = await connect(["emit nobody-listens"], "--user", "ada", "--timeout", "1");
  assert.equal(unanswered.code, 1);
  assert.match(unanswered.said, /no acknowledgement of nobody-listens/);
  const refused = await connect([], "--user", " ");
  assert.equal(refused.code, 1);
  assert.match(refused.said, /the app refused the client: /);
  const unknown = await connect(["shout x"], "--user", "ada");
  assert.equal(unknown.code, 1);
  assert.match(unknown.said, /unknown command "shout"/);
});

test("an event is invoked with everything that it causes, and nobody hears of it", { timeout: 60_000 }, async () => {
  const { code, said, data } = await run(["invoke", "--event", "join", "--user", "ada", '["lobby"]'], { env });
  assert.equal(code, 0, said);
  const effects = JSON.parse(data);
  assert.equal(effects.outcome, "acked");
  assert.equal(effects.ack[0].ok, true);
  assert.deepEqual(effects.calls, ["join room lobby: its sender"]);
  assert.deepEqual(effects.sent, [{ event: "entered", to: "room lobby, not its sender", arguments: ["lobby", "ada"] }]);
  const wrong = await run(["invoke", "--event", "join", "--user", "ada", "[1]"], { env });
  assert.equal(wrong.code, 1);
  assert.match(JSON.parse(wrong.data).logs[0].text, /argument 1 of "join": expected String/);
  const misspelt = await run(["invoke", "--event", "jion", '["lobby"]'], { env });
  assert.equal(misspelt.code, 1);
  assert.equal(JSON.parse(misspelt.data).outcome, "unhandled");
  assert.match(misspelt.said, /no handler for the event\nhint: register it/);
  const nowhere = await run(["invoke", "--http", "GET /nowhere"], { env });
  assert.equal(nowhere.code, 1);
  assert.equal(JSON.parse(nowhere.data).answer.status, 404);
  const home = await run(["invoke", "--http", "GET /"], { env });
  assert.equal(home.code, 0, home.said);
  assert.equal(JSON.parse(home.data).answer.status, 200);
  const refused = JSON.parse((await run(["invoke", "--event", "connect"], { env })).data);
  assert.deepEqual([refused.outcome, refused.answer.status], ["refused", 400]);
  const gone = await run(["invoke", "--event", "disconnected", "--user", "ada", '["bye"]'], { env });
  assert.equal(JSON.parse(gone.data).sent[0].event, "went");
  const another = await run(["invoke", "--timer", "index"], { env });
  assert.match(another.said, /index is triggered by httpTrigger, not by timerTrigger/);
});

test("with --url a running app is asked", { timeout: 60_000 }, async () => {
  const event = await run(
    ["invoke", "--url", stack.app, "--event", "message", "--user", "ada", '["lobby", "hi"]'],
    { env },
  );
  assert.equal(event.code, 0, event.said);
  assert.equal(JSON.parse(event.data).ack[0].ok, true);
  const http = await run(["invoke", "--url", stack.app, "--http", "GET /api/negotiate?name=ada"], { env });
  assert.equal(JSON.parse(http.data).status, 200);
  const misspelt = await run(["invoke", "--url", stack.app, "--event", "jion", '["lobby"]'], { env });
  assert.equal(JSON.parse(misspelt.data).ack, null);
  assert.match(misspelt.said, /no acknowledgement came\..* no handler for the event/);
});

test("a timer is run, and the functions and events of an app are listed", { timeout: 300_000 }, async () => {
  const project = ["--project", join(root, "samples/ticker")];
  const staged = await run(["stage", ...project], { timeout: 240_000 });
  assert.equal(staged.code, 0, staged.said);
  const { code, said, data } = await run(["invoke", "--timer", "tick", ...project], { env });
  assert.equal(code, 0, said);
  const effects = JSON.parse(data);
  assert.equal(effects.outcome, "ok");
  assert.deepEqual(effects.sent.map(({ event, to }) => [event, to]), [["price", "all of /"]]);

  const listed = await run(["invoke", "--list", ...project], { env });
  assert.equal(listed.code, 0, listed.said);
  const { functions, events } = JSON.parse(listed.data);
  assert.deepEqual(events, []);
  const chat = JSON.parse((await run(["invoke", "--list"], { env })).data);
  for (const event of ["connect", "message"]) {
    assert.ok(chat.events.some((one) => one.event === event && one.hub === "hub" && one.namespace === "/"), JSON.stringify(chat.events));
  }
  assert.deepEqual(functions.map(({ name }) => name).toSorted(), ["assets", "history", "index", "negotiate", "socketio", "tick"]);
  assert.match(functions.find(({ name }) => name === "negotiate").url, /\/api\/negotiate$/);

  const unknown = await run(["invoke", "--timer", "tock", ...project], { env });
  assert.equal(unknown.code, 1);
  assert.match(unknown.said, /no function "tock"\nhint: `sio invoke --list`/);
});

test("a queue's function gets the message, here and in an app that runs", { timeout: 120_000 }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "sio-queue-"));
  t.after(() => rm(directory, { recursive: true }));
  const write = async (name, text) => {
    await mkdir(join(directory, name, ".."), { recursive: true });
    await writeFile(join(directory, name), text);
  };
  await write("Cargo.toml", '[package]\nname = "orders"\nedition = "2024"\n\n[workspace]\n');
  await write("src/main.rs", "fn main() {}\n");
  const host = { version: "2.0", customHandler: { description: { defaultExecutablePath: "node", arguments: ["handler.mjs"] } } };
  await write("host.json", JSON.stringify(host));
  await write("function-app/host.json", JSON.stringify(host));
  await write("function-app/orders/function.json", JSON.stringify({
    bindings: [{ type: "queueTrigger", direction: "in", name: "order", queueName: "orders", connection: "Storage" }],
  }));
  await write("function-app/handler.mjs", `
    import { createServer } from "node:http";
    createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      // The host asks first whether the handler answers at all.
      const { order } = text === "" ? {} : JSON.parse(text).Data;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ Outputs: {}, Logs: ["an order for " + JSON.stringify(order)], ReturnValue: null }));
    }).listen(process.env.FUNCTIONS_CUSTOMHANDLER_PORT, "127.0.0.1");
  `);
  const { code, said, data } = await run(["invoke", "--queue", "orders", "three lamps", "--project", directory], { env });
  assert.equal(code, 0, said);
  const effects = JSON.parse(data);
  assert.equal(effects.outcome, "ok");
  assert.match(effects.logs.map(({ text }) => text).join("\n"), /an order for .*three lamps/);

  const app = await sio(["host", join(directory, "function-app"), "--port", "0"], { env });
  t.after(() => app.stop());
  const remote = await run(["invoke", "--url", app.app, "--queue", "orders", "two chairs"], { env });
  assert.equal(remote.code, 0, remote.said);
  const late = Date.now() + 10_000;
  while (!/an order for .*two chairs/.test(app.stderr())) {
    assert.ok(Date.now() < late, app.stderr());
    await new Promise((resolve) => setImmediate(resolve));
  }
});
