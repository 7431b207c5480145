// `sio connect` and `sio invoke` as people and scripts use them, against a running app.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
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
});
