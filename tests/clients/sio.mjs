// Starts the tool for a test, reads its ready line, and ends it.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The tool under test: the debug build, unless SIO names another. */
const program = process.env.SIO ?? `${root}target/debug/sio`;

/**
 * Runs `sio ...args` until `stop()`.
 *
 * Resolves to what the ready line says, plus `stop()`, `stderr()` (all so far) and `exited` (a promise of the code).
 * Rejects with the tool's own words when it ends before it is ready or takes longer than `timeout` milliseconds.
 */
export async function sio(args, { timeout = 60_000, env = {}, cwd = root } = {}) {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const exited = new Promise((resolve) => child.once("close", resolve));

  const ready = new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`sio ${args.join(" ")} was not ready after ${timeout} ms:\n${errors}`));
    }, timeout);
    child.once("error", reject);
    exited.then((code) => {
      clearTimeout(late);
      reject(new Error(`sio ${args.join(" ")} ended with ${code}:\n${errors}`));
    });
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(late);
      resolve(JSON.parse(line).ready);
    });
  });

  return {
    ...(await ready),
    exited,
    stderr: () => errors,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return exited;
    },
  };
}

/** Runs `sio ...args` to its end; resolves to the exit code, what it said to people, and its data. */
export async function run(args, { cwd = root, env = {}, timeout = 60_000 } = {}) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, timeout });
  let said = "", data = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  child.stdout.setEncoding("utf8").on("data", (text) => (data += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, said, data };
}

/** The first arguments with which an emitter emits `event`, or a rejection after `timeout` milliseconds. */
export function once(emitter, event, timeout = 10_000) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no "${event}" within ${timeout} ms`)), timeout);
    emitter.once(event, (...args) => {
      clearTimeout(late);
      resolve(args);
    });
  });
}
