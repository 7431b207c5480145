// `sio dev --record` and `sio replay`: what the chat was asked and answered, and the same once more.

import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { io } from "../clients/packages.mjs";
import { once, run, sio } from "../clients/sio.mjs";

let folder, files;

/** The path of the recording whose request has this in it. */
async function recorded(words) {
  for (const file of files) {
    const path = join(folder, file);
    if (JSON.parse(await readFile(path, "utf8")).body.includes(words)) return path;
  }
  throw new Error(`nothing recorded has ${words}: ${files}`);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sio-recordings-"));
  const stack = await sio(["dev", "--port", "0", "--emulator-port", "0", "--no-watch", "--record", folder]);
  const { endpoint, path, token } = await (await fetch(`${stack.app}/api/negotiate?name=Ada`)).json();
  const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true });
  await once(socket, "connect");
  assert.equal((await socket.timeout(10_000).emitWithAck("join", "den")).ok, true);
  assert.equal((await socket.timeout(10_000).emitWithAck("message", "den", "  ")).ok, false);
  assert.equal((await socket.timeout(10_000).emitWithAck("message", "attic", "")).ok, false);
  socket.disconnect();
  assert.equal(await stack.stop(), 0, stack.stderr());
  files = (await readdir(folder)).sort();
}, { timeout: 120_000 });

after(() => rm(folder, { recursive: true }));

test("every invocation is a file, in order, without a token", { timeout: 60_000 }, async () => {
  assert.match(files[0], /^0001-negotiate\.json$/);
  assert.ok(files.filter((file) => /-(connect|connected|join|message|disconnected)\.json$/.test(file)).length >= 4, files.join(" "));
  for (const file of files) assert.doesNotMatch(await readFile(join(folder, file), "utf8"), /eyJ|AccessKey=[^*]/);
});

test("a recorded event is answered as before", { timeout: 60_000 }, async () => {
  const paths = [await recorded('"message","den"'), await recorded('"attic"')];
  const { code, said, data } = await run(["replay", ...paths]);
  assert.equal(code, 0, data + said);
  assert.deepEqual(data.match(/^same/gm), ["same", "same"], data);
});

test("connect and connected have effects of their own, and become tests of their own", { timeout: 60_000 }, async () => {
  const all = await Promise.all(files.map(async (file) => [join(folder, file), JSON.parse(await readFile(join(folder, file), "utf8"))]));
  const of = (name) => all.find(([, { event }]) => event?.system && event.name === name);
  const [connect, connected, gone] = ["connect", "connected", "disconnected"].map(of);
  assert.equal(connect[1].effects.outcome, "ok");
  assert.deepEqual(connect[1].effects.sent, []);
  assert.ok(connected[1].effects.sent.length + connected[1].effects.calls.length > 0, JSON.stringify(connected[1].effects));
  const { code, said, data } = await run(["replay", connect[0], connected[0], gone[0]]);
  assert.equal(code, 0, data + said);
  const test = await run(["replay", "--as-test", connect[0], gone[0]]);
  assert.match(test.data, /app\.socket\(\)\.user\("Ada"\)\.connect\(\)\.await;\n +assert_eq!\(outcome\.rejection\(\), None\);/);
  assert.match(test.data, /\.disconnected\("[^"]*"\)\.await;/);
});

test("an answer that has changed is shown with its place", { timeout: 60_000 }, async () => {
  const recording = JSON.parse(await readFile(await recorded('"message","den"'), "utf8"));
  recording.answer.status = 204;
  recording.answer.body = recording.answer.body.replace(/"error":"[^"]*"/, '"error":"no text"');
  const changed = join(folder, "changed.json");
  await writeFile(changed, JSON.stringify(recording));
  const { code, said, data } = await run(["replay", changed, await recorded('"attic"')]);
  assert.equal(code, 1, data);
  assert.match(data, /^differs .*changed\.json/m);
  assert.match(data, /status: 204 → 200/);
  assert.match(data, /body\S*\.error: "no text" → ".+"/);
  assert.match(data, /^same/m, "the others are replayed too");
  assert.match(said, /1 of 2 answers differ/);
});

test("times are left out by themselves, and an effect that differs is shown", { timeout: 60_000 }, async () => {
  const path = await recorded('"join"');
  const same = await run(["replay", path]);
  assert.equal(same.code, 0, same.data + same.said);
  const recording = JSON.parse(await readFile(path, "utf8"));
  assert.deepEqual(recording.event.arguments, ["den"]);
  assert.deepEqual(recording.effects.calls, ["join room den: its sender"]);
  assert.equal(recording.effects.sent[0].event, "entered");
  recording.effects.sent[0].to = "room attic";
  const changed = join(folder, "effects.json");
  await writeFile(changed, JSON.stringify(recording));
  const { code, data } = await run(["replay", changed]);
  assert.equal(code, 1, data);
  assert.match(data, /^ +sent\[0\]\.to: "room attic" → "room den, not its sender"$/m);
});

test("a recorded event becomes a test of its handler", { timeout: 60_000 }, async () => {
  const { code, said, data } = await run(["replay", "--as-test", await recorded('"join"')]);
  assert.equal(code, 0, said);
  assert.match(data, /async fn join_is_answered_as_recorded\(\) \{/);
  assert.match(data, /app\.socket\(\)\.user\("Ada"\)\.emit\("join", \(json!\("den"\),\)\)\.await;/);
  assert.match(data, /assert_eq!\(outcome\.emitted\("entered"\), \[json!\(\["den","Ada"\]\)\]\);/);
  const none = await run(["replay", "--as-test", join(folder, files[0])]);
  assert.equal(none.code, 1);
  assert.match(none.said, /left out: it is not an event/);
});

test("in extension mode, too, an unchanged handler replays as the same and a changed answer differs", { timeout: 120_000 }, async (t) => {
  const recordings = await mkdtemp(join(tmpdir(), "sio-recordings-"));
  t.after(() => rm(recordings, { recursive: true }));
  const stack = await sio(["dev", "--bindings", "extension", "--port", "0", "--emulator-port", "0", "--no-watch", "--record", recordings]);
  const { endpoint, path, token } = await (await fetch(`${stack.app}/api/negotiate?name=Ada`)).json();
  const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true });
  await once(socket, "connect");
  assert.equal((await socket.timeout(10_000).emitWithAck("join", "den")).ok, true);
  socket.disconnect();
  assert.equal(await stack.stop(), 0, stack.stderr());
  const file = (await readdir(recordings)).find((name) => name.endsWith("-join.json"));
  const recording = JSON.parse(await readFile(join(recordings, file), "utf8"));
  assert.deepEqual([recording.event.name, recording.event.user, recording.event.arguments], ["join", "Ada", ["den"]]);
  assert.equal(recording.effects.sent[0].event, "entered");
  const same = await run(["replay", "--bindings", "extension", join(recordings, file)]);
  assert.equal(same.code, 0, same.data + same.said);
  assert.match(same.data, /^same .*-join\.json  join of Ada$/m);
  const changed = join(recordings, "changed.json");
  const answer = JSON.stringify(recording.answer.body).replaceAll("entered", "arrived");
  await writeFile(changed, JSON.stringify({ ...recording, answer: { ...recording.answer, body: JSON.parse(answer) } }));
  const differs = await run(["replay", "--bindings", "extension", changed]);
  assert.equal(differs.code, 1, differs.data);
  assert.match(differs.data, /"arrived" → "entered"/);
});

test("an event whose connection was changed is refused by the handler", { timeout: 60_000 }, async () => {
  const recording = JSON.parse(await readFile(await recorded('"join"'), "utf8"));
  recording.headers["ce-connectionid"] = ["another"];
  const forged = join(folder, "forged.json");
  await writeFile(forged, JSON.stringify(recording));
  const { code, data } = await run(["replay", forged]);
  assert.equal(code, 1, data);
  assert.match(data, /status: 200 → 401/);
});

test("a file that is not a recording is named with the remedy", { timeout: 60_000 }, async () => {
  const { code, said } = await run(["replay", "host.json"]);
  assert.equal(code, 1);
  assert.match(said, /host\.json is not a recording/);
  assert.match(said, /--record/);
});
