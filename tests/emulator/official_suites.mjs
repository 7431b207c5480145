// Runs the official protocol suites of Socket.IO against the two examples that are made for them.
//
//   git clone --depth 1 https://github.com/socketio/socket.io ../socket.io
//   node tests/emulator/official_suites.mjs ../socket.io
//
// The suites are copied to a temporary folder, with their URL and path changed and nothing else. They are not part of
// this repository; engine_suite.test.mjs and socket_suite.test.mjs have their cases in words of our own.

import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { root } from "../clients/sio.mjs";

const suites = [
  { folder: "docs/engine.io-protocol/v4-test-suite", example: "engine_echo", path: ["/engine.io/", "/engine.io/"] },
  {
    folder: "docs/socket.io-protocol/v5-test-suite",
    example: "socket_io_suite",
    path: ["/socket.io/", "/clients/socketio/hubs/hub/"],
  },
];

/** Runs a command to its end and returns what it wrote to stdout, whatever its exit code. */
function output(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"], timeout: 300_000 });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece) => (text += piece));
    child.once("error", reject);
    child.once("close", () => resolve(text));
  });
}

/** Starts an example on a free port. */
async function started(example) {
  const server = spawn("cargo", ["run", "-q", "--example", example, "--", "--port", "0"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).once("line", resolve);
    server.once("exit", (code) => reject(new Error(`${example} ended with ${code}`)));
  });
  return { origin: new URL(JSON.parse(line).ready).origin, stop: () => process.kill(-server.pid) };
}

async function run(checkout, { folder, example, path: [from, to] }) {
  const copy = await mkdtemp(join(tmpdir(), "suite-"));
  const server = await started(example);
  try {
    await cp(join(checkout, folder), copy, { recursive: true });
    const file = join(copy, "test-suite.js");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("http://localhost:3000", server.origin).replaceAll(from, to));
    await output("npm", ["install", "--no-fund", "--no-audit", "--silent"], copy);
    const report = await output("npx", ["mocha", "--reporter", "json", "test-suite.js"], copy);
    const { stats, failures } = JSON.parse(report.slice(report.indexOf("{")));
    console.log(`${folder}: ${stats.passes} of ${stats.tests} passed`);
    for (const failure of failures) console.log(`  ${failure.fullTitle}: ${failure.err.message}`);
    return stats.tests > 0 && stats.passes === stats.tests;
  } finally {
    server.stop();
    await rm(copy, { recursive: true, force: true });
  }
}

const [checkout] = process.argv.slice(2);
if (!checkout) {
  console.error("usage: node tests/emulator/official_suites.mjs CHECKOUT-OF-socketio/socket.io");
  process.exit(2);
}
let passed = true;
for (const suite of suites) passed = (await run(checkout, suite)) && passed;
process.exitCode = passed ? 0 : 1;
