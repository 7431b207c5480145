// What `sio new` makes: a project that builds, passes its own tests and runs.

import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { io } from "../clients/packages.mjs";
import { cargo, folder } from "../clients/fresh.mjs";
import { once, root, run, sio } from "../clients/sio.mjs";

async function enter(t, stack, name) {
  const { endpoint, path, token } = await (await fetch(`${stack.app}/api/negotiate?name=${name}`)).json();
  const socket = io(endpoint, { path, query: { access_token: token }, forceNew: true });
  t.after(() => socket.disconnect());
  await once(socket, "connect");
  return socket;
}

test("a new project builds, passes its own tests and runs", { timeout: 1_200_000 }, async (t) => {
  const directory = await folder(t);
  const made = await run(["new", "my-chat", "--dependency", `path=${root}`], { cwd: directory });
  assert.equal(made.code, 0, made.said);
  const own = join(directory, "my-chat");
  await cp(join(root, "Cargo.lock"), join(own, "Cargo.lock"));

  // The first log line that a person adds, as docs/logs.md shows it.
  const source = join(own, "src/lib.rs");
  const plain = await readFile(source, "utf8");
  await writeFile(source, plain.replace("    socket.broadcast()", '    tracing::info!("said by {user}");\n    socket.broadcast()'));
  const tested = await cargo(["test"], own);
  assert.equal(tested.code, 0, tested.said);
  assert.match(tested.said, /what_is_said_goes_to_everybody_else \.\.\. ok/);

  const stack = await sio(["dev", "--project", own, "--port", "0", "--emulator-port", "0", "--no-watch"], { timeout: 300_000 });
  t.after(() => stack.stop());
  const page = await (await fetch(`${stack.app}/api/index`)).text();
  assert.match(page, /chat\.js/);
  assert.equal((await fetch(`${stack.app}/api/assets/chat.js`)).status, 200);
  const [ada, bob] = [await enter(t, stack, "Ada"), await enter(t, stack, "Bob")];
  const heard = once(bob, "said");
  assert.equal(await ada.timeout(10_000).emitWithAck("say", "hello"), true);
  assert.deepEqual(await heard, ["Ada", "hello"]);
  assert.equal(await stack.stop(), 0, stack.stderr());

  // What the app needs of host.json is looked at before anything is staged.
  const host = JSON.parse(await readFile(join(own, "host.json"), "utf8"));
  const bundle = (version) => ({ id: "Microsoft.Azure.Functions.ExtensionBundle.Preview", version });
  for (const [version, code] of [["[3.*, 4.0.0)", 1], ["[4.*, 5.0.0)", 0]]) {
    await writeFile(join(own, "host.json"), JSON.stringify({ ...host, extensionBundle: bundle(version) }));
    const staged = await run(["stage", "--project", own, "--bindings", "extension", "--out", join(directory, "staged")]);
    assert.equal(staged.code, code, staged.said);
    if (code !== 0) assert.match(staged.said, /"\[3\.\*, 4\.0\.0\)" ends before 4\.27\.0/);
  }

  for (const template of ["ticker", "empty"]) {
    const made = await run(["new", `my-${template}`, "--template", template, "--dependency", `path=${root}`], { cwd: directory });
    assert.equal(made.code, 0, made.said);
    const other = join(directory, `my-${template}`);
    await cp(join(root, "Cargo.lock"), join(other, "Cargo.lock"));
    const tested = await cargo(["test"], other);
    assert.equal(tested.code, 0, tested.said);
  }

  const again = await run(["new", "my-chat"], { cwd: directory });
  assert.equal(again.code, 1);
  assert.match(again.said, /my-chat exists already/);
});

test("a version that is not published is warned of first, and named where cargo fails", { timeout: 120_000 }, async (t) => {
  const directory = await folder(t);
  const made = await run(["new", "evening", "--dependency", "99.0.0"], { cwd: directory });
  assert.equal(made.code, 0, made.said);
  assert.match(made.said, /^ *warning  the project needs socketio-functions 99\.0\.0 .*--dependency path=DIR/);
  const staged = await run(["stage", "--project", join(directory, "evening")]);
  assert.equal(staged.code, 1, staged.said);
  assert.match(staged.said, /hint: this version of socketio-functions is not published: .*sio new NAME --dependency path=DIR/);
});
