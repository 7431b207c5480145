// The npm packages as people get them: packed, installed from their archives into an empty project, and run.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { root } from "../clients/sio.mjs";
import { program } from "./program.mjs";

const timeout = 180_000;
const windows = process.platform === "win32";
const here = `${process.platform}-${process.arch}`;
const manifest = JSON.parse(await readFile(`${root}npm/cli/package.json`, "utf8"));
const platformPackage = `@socketio-functions/sio-${here}`;

// No Rust toolchain, and no tool that was installed before.
const env = { ...process.env };
if (!windows) env.PATH = [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
// With it the tests of the app would report to this run instead of to people.
delete env.NODE_TEST_CONTEXT;

/** Runs a command to its end, successful or not. */
async function run(command, args, cwd) {
  const shell = windows;
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, env, shell, timeout: 120_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return { code: error.code, stdout: error.stdout, stderr: error.stderr };
  }
}

let folder, main, platform;

/** A project with nothing but these archives. */
async function project(...archives) {
  const directory = await mkdtemp(join(folder, "project-"));
  await writeFile(join(directory, "package.json"), '{ "private": true }\n');
  const options = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  const installed = await run("npm", ["install", ...options, ...archives], directory);
  assert.equal(installed.code, 0, installed.stderr);
  return directory;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sio-npm-test-"));
  const packed = await run(process.execPath, [`${root}npm/pack.mjs`, folder, `${here}=${program}`], root);
  assert.equal(packed.code, 0, packed.stderr);
  const archives = packed.stdout.trim().split(/\r?\n/);
  assert.equal(archives.length, 2, packed.stdout);
  [platform, main] = archives;
});

after(() => rm(folder, { recursive: true, force: true }));

test("a package for each platform is needed in the exact version", () => {
  const names = Object.keys(manifest.optionalDependencies);
  assert.deepEqual(
    names.map((name) => name.replace("@socketio-functions/sio-", "")).sort(),
    ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"],
  );
  for (const version of Object.values(manifest.optionalDependencies)) assert.equal(version, manifest.version);
  assert.equal(manifest.scripts, undefined, "nothing runs while it is installed");
});

test("the packages hold what is needed to run, and nothing more", { timeout }, async () => {
  const files = async (archive) => {
    const { stdout } = await run("tar", ["-tf", basename(archive)], folder);
    return stdout.trim().split(/\r?\n/).map((name) => name.replace("package/", "")).sort();
  };
  assert.deepEqual(await files(main), ["LICENSE", "README.md", "package.json", "program.js", "sio.js"]);
  assert.deepEqual(await files(platform), ["LICENSE", "README.md", "package.json", windows ? "sio.exe" : "sio"]);
});

test("npx runs it in an empty project", { timeout }, async () => {
  const directory = await project(main, platform);
  for (const name of ["sio", manifest.name]) {
    const { code, stdout, stderr } = await run("npx", ["--no-install", name, "--version"], directory);
    assert.deepEqual([code, stdout.trim()], [0, `sio ${manifest.version}`], stderr);
  }
  const wrong = await run("npx", ["--no-install", "sio", "nothing"], directory);
  assert.equal(wrong.code, 2, "the exit code is the program's");
});

test("a signal ends the program, not only what started it", { timeout, skip: windows && "Windows has no signals" }, async () => {
  const directory = await project(main, platform);
  const child = spawn(join(directory, "node_modules/.bin/sio"), ["emulator", "--port", "0"], { env, stdio: ["ignore", "pipe", "ignore"] });
  const exited = new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
  const [line] = await new Promise((resolve) => createInterface({ input: child.stdout }).once("line", (...line) => resolve(line)));
  const { emulator } = JSON.parse(line).ready;
  assert.equal((await fetch(`${emulator}/api/health`)).status, 200);
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
  await assert.rejects(fetch(`${emulator}/api/health`));
});

test("it drives the tests of a function app in Node", { timeout }, async () => {
  const directory = await project(main, platform);
  for (const file of ["app.mjs", "app.test.mjs", "emulator.mjs", "service.mjs"]) {
    await cp(`${root}examples/other-languages/node/${file}`, join(directory, file));
  }
  const client = "node_modules/socket.io-client";
  await symlink(`${root}tests/clients/${client}`, join(directory, client), "junction");
  const { code, stdout, stderr } = await run(process.execPath, ["--test", "--test-reporter=tap"], directory);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^# pass 5$/m);
});

test("a missing platform package is an error that names it", { timeout }, async () => {
  const directory = await project(main);
  const { code, stdout, stderr } = await run("npx", ["--no-install", "sio", "--version"], directory);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, new RegExp(`^error: the package ${platformPackage} is missing`, "m"));
  assert.ok(stderr.includes(`npm install ${platformPackage}@${manifest.version}`), stderr);
});

test("a platform package of another version is an error", { timeout }, async () => {
  const directory = await project(main, platform);
  const file = join(directory, "node_modules", platformPackage, "package.json");
  await writeFile(file, (await readFile(file, "utf8")).replace(`"${manifest.version}"`, '"9.9.9"'));
  const { code, stderr } = await run("npx", ["--no-install", "sio", "--version"], directory);
  assert.equal(code, 1);
  assert.match(stderr, /has version 9\.9\.9/);
});

test("every platform that it names has a program, and others are told", async () => {
  const require = createRequire(import.meta.url);
  const { program: find } = require(`${root}npm/cli/program.js`);
  const packages = join(folder, "packages");
  for (const name of Object.keys(manifest.optionalDependencies)) {
    await mkdir(join(packages, name), { recursive: true });
    await writeFile(join(packages, name, "package.json"), JSON.stringify({ version: manifest.version }));
  }
  const at = (platform, arch) => find({ platform, arch, find: (name) => join(packages, name) });
  assert.equal(at("linux", "arm64"), join(packages, "@socketio-functions/sio-linux-arm64/sio"));
  assert.equal(at("win32", "x64"), join(packages, "@socketio-functions/sio-win32-x64/sio.exe"));
  assert.throws(() => at("sunos", "x64"), /no program for sunos-x64: .*linux-x64[\s\S]*cargo install/);
});
