// The commands that talk to a service from a terminal, seen by an official client.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { io } from "../clients/packages.mjs";
import { once, run, sio } from "../clients/sio.mjs";

let stack, env;

before(async () => {
  stack = await sio(["dev", "--port", "0", "--emulator-port", "0", "--no-watch"], { timeout: 100_000 });
  env = { WebPubSubForSocketIOConnectionString: stack.connectionString };
}, { timeout: 120_000 });

after(async () => {
  await stack?.stop();
}, { timeout: 30_000 });

/** Runs a command that must succeed. */
async function done(...args) {
  const { code, said, data } = await run(args, { env });
  assert.equal(code, 0, said);
  return data;
}

async function client(t, user) {
  const { endpoint, path, token } = JSON.parse(await done("negotiate", "--hub", "hub", "--user", user));
  const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true });
  t.after(() => socket.disconnect());
  await once(socket, "connect");
  return socket;
}

test("a negotiated client gets what is sent to everybody, to a user, to a socket", { timeout: 60_000 }, async (t) => {
  const socket = await client(t, "Ada");
  for (const target of [[], ["--user", "Ada"], ["--socket", socket.id]]) {
    const heard = once(socket, "news");
    await done("send", "--hub", "hub", ...target, "news", '["hello", 1]');
    assert.deepEqual(await heard, ["hello", 1]);
  }
});

test("a socket joins and leaves a room", { timeout: 60_000 }, async (t) => {
  const socket = await client(t, "Grace");
  const heard = [];
  socket.on("news", (text) => heard.push(text));
  await done("send", "--hub", "hub", "--room", "den", "news", '["before"]');
  await done("join", "--hub", "hub", socket.id, "den");
  await done("send", "--hub", "hub", "--room", "den", "news", '["inside"]');
  await done("send", "--hub", "hub", "--room", "den", "--except", socket.id, "news", '["except"]');
  await done("leave", "--hub", "hub", socket.id, "den");
  await done("send", "--hub", "hub", "--room", "den", "news", '["after"]');
  const last = once(socket, "last");
  await done("send", "--hub", "hub", "last");
  await last;
  assert.deepEqual(heard, ["inside"]);
});

test("a disconnected socket stays away", { timeout: 60_000 }, async (t) => {
  const socket = await client(t, "Linus");
  const gone = once(socket, "disconnect");
  await done("disconnect", "--hub", "hub", socket.id);
  assert.deepEqual((await gone).slice(0, 1), ["io server disconnect"]);
});

test("what cannot be done is said with what to try", { timeout: 60_000 }, async () => {
  const nobody = { WebPubSubForSocketIOConnectionString: "Endpoint=http://127.0.0.1:9;AccessKey=hidden;" };
  const unreachable = await run(["send", "--hub", "hub", "news"], { env: nobody });
  assert.equal(unreachable.code, 1);
  assert.match(unreachable.said, /"news" was not sent.*\nhint: /s);
  assert.doesNotMatch(unreachable.said, /hidden/);
  for (const [args, words] of [
    [["send", "--hub", "1", "news"], /does not begin with an ASCII letter/],
    [["send", "--hub", "hub", "news", "hello"], /not a JSON list/],
    [["send", "--hub", "hub", "--namespace", "x", "news"], /does not begin with "\/"/],
    [["negotiate", "--hub", "hub", "--ttl", "soon"], /is not a time/],
    [["disconnect", "--hub", "hub"], /--room|SOCKET-ID/],
  ]) {
    const { code, said } = await run(args, { env });
    assert.equal(code, 2, said);
    assert.match(said, words);
  }
});

test("a function of the staged handler is invoked from a terminal", { timeout: 60_000 }, async () => {
  const answer = JSON.parse(await done("invoke", "index"));
  assert.equal(answer.Outputs.res.statusCode, "200");
  assert.match(answer.Outputs.res.body, /<!doctype html>/i);
  const unknown = await run(["invoke", "nothing"], { env });
  assert.equal(unknown.code, 1);
  assert.match(unknown.said, /there are: assets, index, negotiate, socketio/);
});

test("doctor finds nothing wrong with a running app, and names what is", { timeout: 60_000 }, async () => {
  const healthy = await run(["doctor", "--app", stack.app], { env });
  assert.equal(healthy.code, 0, healthy.said);
  assert.match(healthy.said, /the service at .* is healthy/);
  assert.match(healthy.said, /the service takes the access key/);
  assert.match(healthy.said, /function\.json and host\.json fit the staged handler/);
  const stranger = { WebPubSubForSocketIOConnectionString: stack.connectionString.replace(/AccessKey=[^;]*/, "AccessKey=another") };
  const refused = await run(["doctor", "--app", stack.app], { env: stranger });
  assert.equal(refused.code, 1);
  assert.match(refused.said, /the service refuses the access key \(401/);
  assert.match(healthy.said, /the webhook at .*\/api\/socketio lets localhost post/);
  const wrong = await run(["doctor"], { env: { WebPubSubForSocketIOConnectionString: "Endpoint=x;AccessKey=hidden;Port=0" } });
  assert.equal(wrong.code, 1);
  assert.match(wrong.said, /is not a connection string.*\n.*→/s);
  assert.doesNotMatch(wrong.said, /hidden/);
});

test("completions name the commands", { timeout: 60_000 }, async () => {
  assert.match(await done("completions", "bash"), /manifest/);
});
