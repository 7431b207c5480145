// The image without a container engine: its file system is laid out as the Dockerfile says, and its commands are run with
// that as their root directory, as its user.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";

import { root } from "../clients/sio.mjs";
import { program } from "./program.mjs";

const timeout = 60_000;
const folder = mkdtempSync(join(tmpdir(), "sio-image-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The instructions of the Dockerfile, as name and arguments. */
const instructions = readFileSync(`${root}container/Dockerfile`, "utf8")
  .replaceAll("\\\n", " ")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => /^(\S+)\s+(.*)$/.exec(line).slice(1));

const only = (name) => {
  const found = instructions.filter(([instruction]) => instruction === name);
  assert.equal(found.length, 1, `one ${name}`);
  return found[0][1];
};

/** What the release workflow puts beside the Dockerfile. */
function context() {
  const directory = join(folder, "context");
  mkdirSync(directory);
  copyFileSync(program, join(directory, "sio-amd64"));
  writeFileSync(join(directory, "ca-certificates.crt"), "certificates");
  return directory;
}

/** The image's root directory. */
function image() {
  const [from, to] = [context(), join(folder, "image")];
  mkdirSync(to);
  for (const [, text] of instructions.filter(([name]) => name === "COPY")) {
    const [, mode, source, target] = /^--chmod=(\d+) (\S+) (\/\S+)$/.exec(text);
    const file = join(to, target);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(join(from, source.replace("${TARGETARCH}", "amd64")), file);
    chmodSync(file, Number.parseInt(mode, 8));
  }
  return to;
}

/** Starts a command of the image. Without root's rights the user stays this one, in a namespace of its own. */
function inside(directory, command, user) {
  const prefix = process.getuid() === 0
    ? ["chroot", `--userspec=${user}`, directory]
    : ["unshare", "--user", "--map-root-user", `--root=${directory}`];
  const [first, ...rest] = [...prefix, ...command];
  const child = spawn(first, rest, { env: { PATH: process.env.PATH }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const exited = new Promise((resolve) => child.once("close", resolve));
  return { child, exited, said: () => said };
}

test("the image is the program and certificates, for a user without rights", () => {
  assert.equal(only("FROM"), "scratch");
  assert.match(only("USER"), /^[1-9]\d*:[1-9]\d*$/);
  assert.deepEqual(instructions.filter(([name]) => name === "RUN" || name === "ADD"), []);
  assert.equal(only("EXPOSE"), "8080");
});

const skip = process.platform !== "linux" && "a container is Linux";

test("it serves, is healthy, says so, and ends", { timeout, skip }, async () => {
  const directory = image();
  const user = only("USER");
  const entry = JSON.parse(only("ENTRYPOINT"));
  const command = [...entry, ...JSON.parse(only("CMD"))];
  assert.deepEqual(command.slice(-2), ["--listen", "0.0.0.0"], "a container is reached from outside");
  // The image's port may be taken here, so the test listens on another, and on loopback alone.
  const emulator = inside(directory, [...command.slice(0, -2), "--port", "0"], user);
  const [line] = await Promise.race([
    new Promise((resolve) => createInterface({ input: emulator.child.stdout }).once("line", (...line) => resolve(line))),
    emulator.exited.then((code) => assert.fail(`it ended with ${code}: ${emulator.said()}`)),
  ]);
  const { port } = new URL(JSON.parse(line).ready.emulator);

  const check = JSON.parse(/CMD (\[.*\])$/.exec(only("HEALTHCHECK"))[1]);
  assert.equal(check.at(-1), "http://127.0.0.1:8080", "the port that the image listens on by default");
  const healthy = () => inside(directory, [...check.slice(0, -1), `http://127.0.0.1:${port}`], user).exited;
  assert.equal(await healthy(), 0);
  emulator.child.kill("SIGTERM");
  assert.equal(await emulator.exited, 0, emulator.said());
  assert.equal(await healthy(), 1);
});
