// The tool's own words when something is wrong, and how it ends.

import assert from "node:assert/strict";
import { once as emitted } from "node:events";
import { chmod, cp, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { root, run, sio } from "../clients/sio.mjs";

/** A copy of the staged chat that a test may damage. */
async function scriptRoot(t) {
  const staged = await run(["stage"]);
  assert.equal(staged.code, 0, staged.said);
  const directory = await mkdtemp(join(tmpdir(), "sio-"));
  t.after(() => rm(directory, { recursive: true }));
  await cp(join(root, "function-app"), directory, { recursive: true });
  return directory;
}

test("a taken port is named with the option that picks another", { timeout: 60_000 }, async () => {
  const taken = net.createServer().listen(0, "127.0.0.1");
  await emitted(taken, "listening");
  const port = String(taken.address().port);
  try {
    for (const [args, option] of [
      [["dev", "--port", port, "--emulator-port", "0"], "--port"],
      [["dev", "--port", "0", "--emulator-port", port], "--emulator-port"],
      [["emulator", "--port", port], "--port"],
      [["host", "function-app", "--port", port], "--port"],
    ]) {
      const { code, said, data } = await run(args);
      assert.equal(code, 1, said);
      assert.match(said, new RegExp(`port ${port} is taken`));
      assert.ok(said.includes(`${option} `), said);
      assert.equal(data, "", "stdout is for data");
    }
  } finally {
    taken.close();
  }
});

test("what cargo run has compiled is not compiled again for the handler", { timeout: 60_000 }, async () => {
  const { code, said } = await run(["stage"]);
  assert.equal(code, 0, said);
  assert.match(said, /Finished/, "cargo is heard");
  assert.doesNotMatch(said, /Compiling/);
});

test("a sample is built with what is compiled already, and cargo's words are shown", { timeout: 60_000 }, async () => {
  for (const name of ["ticker", "whiteboard"]) {
    await utimes(join(root, "samples", name, "src", "main.rs"), new Date(), new Date());
    const { code, said } = await run(["stage", "--project", join("samples", name)]);
    assert.equal(code, 0, said);
    const compiled = [...said.matchAll(/Compiling (\S+)/g)].map(([, crate]) => crate);
    assert.deepEqual(compiled, [name], said);
  }
});

test("a handler that is missing is named with the remedy", { timeout: 60_000 }, async (t) => {
  const directory = await scriptRoot(t);
  await rm(join(directory, "handler"));
  const { code, said } = await run(["host", directory, "--port", "0"]);
  assert.equal(code, 1);
  assert.match(said, /handler/);
  assert.match(said, /sio stage/);
});

test("a handler that may not be executed is named with the remedy", { timeout: 60_000 }, async (t) => {
  const directory = await scriptRoot(t);
  await chmod(join(directory, "handler"), 0o644);
  const { code, said } = await run(["host", directory, "--port", "0"]);
  assert.equal(code, 1);
  assert.match(said, /execut/);
});

test("a broken host.json is named with the place", { timeout: 60_000 }, async (t) => {
  const directory = await scriptRoot(t);
  await writeFile(join(directory, "host.json"), '{ "version": "2.0",\n  "customHandler": [ }');
  const { code, said } = await run(["host", directory, "--port", "0"]);
  assert.equal(code, 1);
  assert.match(said, /host\.json/);
  assert.match(said, /line 2|:2/);
});

test("a missing connection string ends the host with the setting's name", { timeout: 60_000 }, async (t) => {
  const directory = await scriptRoot(t);
  await writeFile(join(directory, "local.settings.json"), '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"custom"}}');
  const { code, said } = await run(["host", directory, "--port", "0"]);
  assert.equal(code, 1);
  assert.match(said, /WebPubSubForSocketIOConnectionString/);
});

test("a folder that is no project is named with the option", { timeout: 60_000 }, async () => {
  const { code, said } = await run(["dev", "--project", "tests", "--port", "0", "--emulator-port", "0"]);
  assert.equal(code, 1);
  assert.match(said, /--project/);
  const wrong = await run(["dev", "--nonsense"]);
  assert.equal(wrong.code, 2);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`dev ends within three seconds of ${signal} and leaves no handler`, { timeout: 60_000 }, async () => {
    const stack = await sio(["dev", "--port", "0", "--emulator-port", "0", "--no-watch"]);
    assert.deepEqual(Object.keys(stack).sort(), [
      "app", "connectionString", "emulator", "exited", "stderr", "stop", "webhook",
    ]);
    const begun = Date.now();
    assert.equal(await stack.stop(signal), 0);
    assert.ok(Date.now() - begun < 3_000, `it took ${Date.now() - begun} ms`);
    const process_id = Number(/process (\d+)/.exec(stack.stderr())?.[1]);
    assert.ok(process_id > 0, stack.stderr());
    assert.throws(() => process.kill(process_id, 0), { code: "ESRCH" });
  });
}
