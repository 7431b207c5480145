// Whether a program that was built runs on this machine: its version, a token, an emulator that starts and ends.
//
//   node tests/shipping/smoke.mjs PROGRAM VERSION

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const [path, version] = process.argv.slice(2);
if (version === undefined) {
  console.error("usage: node tests/shipping/smoke.mjs PROGRAM VERSION");
  process.exit(2);
}
const program = resolve(path);
const run = (...args) => execFileSync(program, args, { encoding: "utf8", timeout: 30_000, stdio: ["ignore", "pipe", "inherit"] });

assert.equal(run("--version").trim(), `sio ${version}`);
assert.equal(JSON.parse(run("negotiate", "--hub", "chat", "--user", "ada")).path, "/clients/socketio/hubs/chat");

const emulator = spawn(program, ["emulator", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
const exited = new Promise((done) => emulator.once("exit", (...how) => done(how)));
const late = setTimeout(() => emulator.kill("SIGKILL"), 60_000);
const line = await Promise.race([
  new Promise((done) => createInterface({ input: emulator.stdout }).once("line", done)),
  exited.then((how) => assert.fail(`the emulator ended with ${how}`)),
]);
const { ready } = JSON.parse(line);
run("emulator", "--health", ready.emulator);
const page = await fetch(`${ready.emulator}/`);
assert.equal(page.status, 200);
emulator.kill("SIGTERM");
// Windows has no signals: there the process is ended as it is.
const [code] = await exited;
if (process.platform !== "win32") assert.equal(code, 0);
clearTimeout(late);
console.log(`${program} runs`);
