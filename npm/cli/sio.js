#!/usr/bin/env node
// Runs the program for this platform with the same arguments, streams, signals and exit code.

"use strict";

const { spawn } = require("node:child_process");

const { program } = require("./program.js");

function failed(text) {
  process.stderr.write(`error: ${text}\n`);
  process.exitCode = 1;
}

function run(path) {
  const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // On Windows the console tells both processes of Ctrl-C, and a signal sent by a process would kill the program.
    process.on(signal, () => process.platform !== "win32" && child.kill(signal));
  }
  child.once("error", (error) => failed(`cannot start ${path}: ${error.message}`));
  child.once("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

try {
  run(program());
} catch (error) {
  failed(error.message);
}
