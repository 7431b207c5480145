// The emulator as a fixture of a test: started on a free port, ready when it says so, asked for what arrived.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Starts the emulator, which calls `upstream` for each event. Stop it in the test's clean-up. */
export async function startEmulator(upstream) {
  const program = fileURLToPath(import.meta.resolve("socketio-functions-cli/sio.js"));
  const child = spawn(process.execPath, [program, "emulator", "--port", "0", "--upstream", upstream], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    exited.then((code) => reject(new Error(`the emulator ended with ${code}`)));
  });
  const { emulator, connectionString } = JSON.parse(line).ready;
  const control = async (method, path, body = {}) => {
    const headers = { "content-type": "application/json" };
    const options = method === "GET" ? {} : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${emulator}/_emulator/${path}`, options);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  return {
    connectionString,
    /** Rooms, sockets, users, as they are now. */
    state: () => control("GET", "state"),
    /** What became of each event and call so far; `trace` has its steps, with bodies. */
    traces: (from = 0) => control("GET", `traces?from=${from}`),
    trace: (id) => control("GET", `trace?id=${id}`),
    /** Makes things go wrong, such as `{ webhook: { calls: 1, fail: 500 } }`. */
    faults: (faults) => control("POST", "faults", faults),
    /** Closes all connections, takes the faults back, sets the clock right. */
    reset: () => control("POST", "reset"),
    stop: () => (child.kill(), exited),
  };
}
