// What `sio dev` costs while many clients talk: memory, and how soon the inspector's page and the clients are answered.
//
//   cargo build --release -p socketio-functions-cli && npm ci --prefix tests/clients
//   node benches/dev.mjs [--clients 1000] [--rate 500] [--seconds 60]
//
// The clients are the official ones, in this process; rooms hold ten each. It needs Linux, and `ulimit -n 5000`.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { io } from "../tests/clients/packages.mjs";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "1000" },
    rate: { type: "string", default: "500" },
    seconds: { type: "string", default: "60" },
  },
});
const [CLIENTS, RATE, SECONDS] = [values.clients, values.rate, values.seconds].map(Number);
const ROOM = 10;
const WAVE = 50;

const root = fileURLToPath(new URL("..", import.meta.url));
const program = process.env.SIO ?? `${root}target/release/sio`;
const dev = spawn(program, ["dev", "--release", "--no-watch", "--port", "0", "--emulator-port", "0"], {
  cwd: root,
  stdio: ["ignore", "pipe", "pipe"],
});
// It must not outlive this program, however that ends.
process.on("exit", () => dev.kill());
let lines = 0, missed = 0, said = "";
createInterface({ input: dev.stderr }).on("line", (line) => {
  lines += 1;
  missed += Number(/(\d+) steps left out/.exec(line)?.[1] ?? 0);
  if (lines < 200) said += `${line}\n`;
});
const first = await new Promise((resolve, reject) => {
  createInterface({ input: dev.stdout }).once("line", resolve);
  dev.once("close", () => reject(new Error(said)));
});
const { app, emulator } = JSON.parse(first).ready;
const handler = Number(/process (\d+)/.exec(said)[1]);

/** Memory of a process in MiB. */
const memory = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
/** Seconds of CPU that a process has had. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
const percentile = (times, of) => times.toSorted((a, b) => a - b)[Math.ceil(((times.length - 1) * of) / 100)];
const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function connect(number) {
  const { endpoint, path, token } = await (await fetch(`${app}/api/negotiate?name=user${number}`)).json();
  const socket = io(endpoint, { path, query: { access_token: token }, transports: ["websocket"], forceNew: true, reconnection: false });
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("connect_error", reject));
  await socket.timeout(30_000).emitWithAck("join", `room${Math.floor(number / ROOM)}`);
  return socket;
}

/** Looks as the page does: twice a second, at what has changed. */
const page = { times: [], from: 0, most: 0, running: true };
async function look() {
  while (page.running) {
    const began = performance.now();
    const text = await (await fetch(`${emulator}/_emulator/traces?from=${page.from}`)).text();
    await (await fetch(`${emulator}/_emulator/state`)).text();
    page.times.push(performance.now() - began);
    page.most = Math.max(page.most, text.length);
    page.from = JSON.parse(text).next;
    await wait(500);
  }
}

const idle = memory(dev.pid);
const looking = look();
const sockets = [];
for (let at = 0; at < CLIENTS; at += WAVE) {
  const wave = Array.from({ length: Math.min(WAVE, CLIENTS - at) }, (_, index) => connect(at + index));
  sockets.push(...(await Promise.all(wave)));
}
const connected = memory(dev.pid);

let heard = 0, lost = 0, sent = 0;
const times = [], samples = [];
for (const socket of sockets) {
  socket.on("message", () => (heard += 1));
  socket.on("disconnect", () => (lost += 1));
}
page.times.length = 0;
const [began, used] = [performance.now(), cpu(dev.pid)];
const waiting = new Set();
for (let second = 0; second < SECONDS; second += 1) {
  while (performance.now() - began < (second + 1) * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * RATE);
    for (; sent < due; sent += 1) {
      const number = sent % CLIENTS;
      const at = performance.now();
      const room = `room${Math.floor(number / ROOM)}`;
      const acked = sockets[number].timeout(30_000).emitWithAck("message", room, `hello ${sent}`);
      waiting.add(acked);
      acked.then(() => times.push(performance.now() - at)).finally(() => waiting.delete(acked));
    }
    await wait(2);
  }
  samples.push(memory(dev.pid));
}
await Promise.all(waiting);
const taken = (performance.now() - began) / 1000;
const share = ((cpu(dev.pid) - used) / taken) * 100;
page.running = false;
await looking;

const mib = (value) => `${value.toFixed(0)} MiB`;
const ms = (value) => `${value.toFixed(1)} ms`;
console.log(`${CLIENTS} clients, ${(sent / taken).toFixed(0)} events/s for ${SECONDS} s, ${(heard / taken).toFixed(0)} deliveries/s, ${lost} lost connections\n`);
console.log(`| what | |\n|---|---:|`);
console.log(`| memory of \`sio dev\`: before clients | ${mib(idle)} |`);
console.log(`| with clients | ${mib(connected)} |`);
console.log(`| after a third, two thirds, all of the time | ${[1, 2, 3].map((part) => mib(samples[Math.floor((samples.length * part) / 3) - 1])).join(", ")} |`);
console.log(`| at most | ${mib(Math.max(...samples))} |`);
console.log(`| memory of the handler | ${mib(memory(handler))} |`);
console.log(`| CPU of \`sio dev\`, of a core | ${share.toFixed(0)} % |`);
console.log(`| event to acknowledgement, p50 / p99 / most | ${ms(percentile(times, 50))} / ${ms(percentile(times, 99))} / ${ms(percentile(times, 100))} |`);
console.log(`| a look of the page, p50 / p99 / most | ${ms(percentile(page.times, 50))} / ${ms(percentile(page.times, 99))} / ${ms(percentile(page.times, 100))} |`);
console.log(`| the page's largest response | ${(page.most / 1024).toFixed(0)} KiB |`);
console.log(`| lines of the terminal, steps left out | ${lines}, ${missed} |`);
for (const socket of sockets) socket.disconnect();
process.exit();
