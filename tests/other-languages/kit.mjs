// A recorder between the emulator and an app, and the apps of examples/other-languages as processes.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import { io } from "../clients/packages.mjs";
import { root } from "../clients/sio.mjs";

export const examples = `${root}examples/other-languages`;

/**
 * Forwards what the emulator sends to the app at `target`, which is set later: the emulator needs the recorder's address,
 * and the app needs the emulator's. Keeps each exchange.
 */
export async function recorder() {
  const exchanges = [];
  const kept = { exchanges, target: undefined };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    // Holds an event back for as long as a test wants.
    await kept.before?.(request.headers["ce-eventname"]);
    const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
    const answer = await fetch(kept.target + request.url, {
      method: request.method,
      headers,
      body: request.method === "POST" ? body : undefined,
    });
    const text = await answer.text();
    const raw = [];
    for (let at = 0; at < request.rawHeaders.length; at += 2) raw.push(request.rawHeaders.slice(at, at + 2));
    exchanges.push({ method: request.method, url: request.url, raw, headers: request.headers, body, answer, text });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(text);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  kept.url = `http://127.0.0.1:${server.address().port}`;
  kept.stop = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  };
  return kept;
}

/** Runs an app of the examples on a free port; it says which. */
export async function start(command, args, connectionString) {
  const child = spawn(command, args, {
    cwd: examples,
    env: { ...process.env, PORT: "0", WebPubSubForSocketIOConnectionString: connectionString, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const exited = new Promise((resolve) => child.once("close", resolve));
  const lines = createInterface({ input: child.stdout });
  const heard = [];
  const waiting = new Set();
  lines.on("line", (line) => {
    heard.push(line);
    for (const check of waiting) check();
  });
  /** The first line that fits, now or later. */
  const line = (pattern) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no line like ${pattern}, only ${heard.join("; ")}\n${said}`)), 20_000);
      const check = () => {
        const found = heard.find((text) => pattern.test(text));
        if (found === undefined) return;
        clearTimeout(late);
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  const port = /\d+/.exec(await line(/^listening on \d+$/))[0];
  return { url: `http://127.0.0.1:${port}`, line, said: () => said, stop: () => (child.kill(), exited) };
}

/** A client as negotiation sends it to the service. */
export async function client(app, name) {
  const answer = await fetch(`${app}/api/negotiate?name=${encodeURIComponent(name)}`, { signal: AbortSignal.timeout(20_000) });
  const { endpoint, path, token } = await answer.json();
  return io(endpoint, { path, query: { access_token: token }, transports: ["websocket"], reconnection: false });
}
