// Starts the tool for a test, reads its ready line, and ends it.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The tool under test: the debug build, unless SIO names another. */
const program = process.env.SIO ?? `${root}target/debug/sio`;

const command = (args, shell) =>
  shell ? ["bash", ["-c", `${shell} && exec "$0" "$@"`, program, ...args]] : [program, args];

/**
 * Runs `sio ...args` until `stop()`.
 *
 * Resolves to what the ready line says, plus `stop()`, `stderr()` (all so far), `said(words)` (a promise that they are in
 * it: what the tool writes comes through a pipe, a little later than its answers) and `exited` (a promise of the code).
 * Rejects with the tool's own words when it ends before it is ready or takes longer than `timeout` milliseconds.
 * `shell` is what a shell does before it becomes the tool, such as setting limits.
 */
export async function sio(args, { timeout = 60_000, env = {}, cwd = root, shell } = {}) {
  const child = spawn(...command(args, shell), {
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
    said: (words, options) => written(child.stderr, () => errors, words, options),
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return exited;
    },
  };
}

/** Runs `sio ...args` to its end; resolves to the exit code, what it said to people, and its data. */
export async function run(args, { cwd = root, env = {}, shell, timeout = 60_000 } = {}) {
  const child = spawn(...command(args, shell), { cwd, env: { ...process.env, ...env }, timeout });
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

/** Waits until a text that grows with a stream's data has words or a pattern in it, so many times. */
export function written(stream, text, words, { times = 1, timeout = 30_000 } = {}) {
  const pattern = typeof words === "string" ? words : new RegExp(words, `${words.flags.replace("g", "")}g`);
  const count = () => (typeof words === "string" ? text().split(words).length - 1 : (text().match(pattern) ?? []).length);
  return new Promise((resolve, reject) => {
    const settle = (end) => {
      clearTimeout(late);
      stream.off("data", look).off("close", fail);
      end();
    };
    const look = () => count() >= times && settle(resolve);
    const fail = () => settle(() => reject(new Error(`${words} was not written ${times} times, only:\n${text()}`)));
    const late = setTimeout(fail, timeout);
    stream.on("data", look).once("close", fail);
    look();
  });
}
