// Clients of python-socketio, used like those of socket.io-client.

import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { root } from "../../clients/sio.mjs";

/** The environment that tests/run makes. */
const environment = `${root}target/python-clients`;
const program = fileURLToPath(new URL("python_client.py", import.meta.url));

/** Bytes in the form in which they go through JSON, at any depth. */
function packed(value) {
  if (ArrayBuffer.isView(value)) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(packed);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packed(inner)]));
  }
  return value;
}

function unpacked(value) {
  if (Array.isArray(value)) return value.map(unpacked);
  if (value && typeof value === "object") {
    if ("$bytes" in value) return Buffer.from(value.$bytes, "base64");
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpacked(inner)]));
  }
  return value;
}

/** One namespace of a client. */
class Socket {
  #send;
  #namespace;
  #heard = new EventEmitter();
  #acks;

  constructor(send, namespace, acks) {
    this.#send = send;
    this.#namespace = namespace;
    this.#acks = acks;
  }

  on(event, listener) {
    this.#heard.on(event, listener);
  }

  once(event, listener) {
    this.#heard.once(event, listener);
  }

  /** What Python tells. */
  hear(event, args) {
    if (event === "connect") this.id = args[0];
    this.#heard.emit(event, ...args);
  }

  emit(...args) {
    let ack = null;
    if (typeof args.at(-1) === "function") ack = this.#acks.push(args.pop()) - 1;
    this.#send({ do: "emit", namespace: this.#namespace, args: packed(args), ack });
  }

  connect() {
    this.#send({ do: "connect" });
  }

  disconnect() {
    this.#send({ do: "disconnect" });
  }

  end() {
    this.#send({ do: "end" });
  }
}

/** Python with its clients; `open` makes one with a socket for each namespace, all on one connection. */
export function python() {
  if (!existsSync(`${environment}/bin/python`)) {
    throw new Error(
      `${environment} is missing: python3 -m venv target/python-clients && target/python-clients/bin/pip install --requirement tests/clients/requirements.txt`,
    );
  }
  const child = spawn(`${environment}/bin/python`, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const clients = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { client, namespace, event, ack, args, fault } = JSON.parse(line);
    const { sockets, acks } = clients[client];
    if (fault !== undefined) console.error(`python-socketio: ${fault}`);
    else if (ack !== undefined) acks[ack](...unpacked(args));
    else sockets[namespace].hear(event, unpacked(args));
  });
  return {
    open(namespaces, options) {
      const client = clients.length;
      const send = (command) => child.stdin.write(`${JSON.stringify({ client, ...command })}\n`);
      const acks = [];
      const sockets = Object.fromEntries(namespaces.map((name) => [name, new Socket(send, name, acks)]));
      clients.push({ sockets, acks });
      send({ do: "open", options: { ...options, namespaces } });
      send({ do: "connect" });
      return namespaces.map((name) => sockets[name]);
    },
    close() {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      return exited;
    },
  };
}
