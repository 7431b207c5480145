// The two servers that are compared: the reference server, and the emulator with a webhook that does the same.

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { Decoder, Encoder, PacketType, Server } from "../../clients/packages.mjs";
import { group, world } from "../support.mjs";

export const PATH = "/clients/socketio/hubs/hub";

/** Namespaces that let clients in; `/deny` refuses, and the reference server knows no other. */
const OPEN = ["/", "/chat", "/a b", "/ü", "/x/y"];

/** What a test sees of bytes, at any depth. */
export function plain(value) {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return { bytes: Buffer.from(value).toString("hex") };
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}

/** Waits until a socket has left, and says why: as the server is told. */
export async function left(side, id) {
  for (let waited = 0; !side.left.has(id); waited += 10) {
    if (waited > 10_000) throw new Error("the server was not told that a client has left");
    await sleep(10);
  }
  return side.left.get(id);
}

/** What both servers do with an event: `at` has `ack`, `emit`, `join`, `leave`, `to` and `disconnect`. */
const handlers = {
  echo: (at, ...args) => at.ack(...args),
  describe: (at, ...args) => at.ack(...args.map(plain)),
  silent: () => {},
  nothing: (at) => at.ack(),
  back: (at, ...args) => at.emit("back", ...args),
  bytes: (at) => at.ack(Buffer.from([1, 2, 3]), { in: [Buffer.alloc(0)] }),
  sendBytes: (at) => at.emit("bytes", { a: [Buffer.from([255])] }, "x"),
  burst: (at, count) => at.emitMany(Array.from({ length: count }, (_, n) => ["tick", n])),
  join: async (at, room) => at.ack(await at.join(room)),
  leave: async (at, room) => at.ack(await at.leave(room)),
  say: async (at, room, ...args) => at.ack(await at.to(room, "said", ...args)),
  kick: (at) => at.disconnect(false),
  kickAndClose: (at) => at.disconnect(true),
  closeConnection: (at) => at.closeConnection(),
  7: (at) => at.ack("seven"),
  "": (at) => at.ack("empty"),
  消息: (at) => at.ack("消息"),
  "with space": (at) => at.ack("space"),
  "a\nb": (at) => at.ack("line break"),
};

/** The reference server. `left` has why sockets have left, by their ids. */
export async function reference() {
  const http = createServer();
  const io = new Server(http, { path: PATH });
  const left = new Map();
  const connection = (socket) => {
    socket.on("disconnect", (reason) => left.set(socket.id, reason));
    for (const [name, handler] of Object.entries(handlers)) {
      socket.on(name, (...args) => {
        const answer = typeof args.at(-1) === "function" ? args.pop() : () => {};
        const room = (of) => socket.nsp.to(of);
        handler(
          {
            ack: answer,
            emit: (...event) => socket.emit(...event),
            emitMany: (events) => events.forEach((event) => socket.emit(...event)),
            join: async (name) => void (await socket.join(name)),
            leave: async (name) => void (await socket.leave(name)),
            to: async (name, ...event) => void room(name).emit(...event),
            disconnect: (close) => socket.disconnect(close),
            closeConnection: () => socket.conn.close(),
          },
          ...args,
        );
      });
    }
  };
  for (const name of OPEN) io.of(name).on("connection", connection);
  io.of("/deny").use((_, next) => next(Object.assign(new Error("no entry"), { data: { code: 7 } })));
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    name: "reference",
    endpoint: `http://127.0.0.1:${http.address().port}`,
    query: {},
    left,
    close: () => new Promise((resolve) => io.close(resolve)),
  };
}

/** The packet in a webhook's body. */
function decode(body) {
  const decoder = new Decoder();
  let packet;
  decoder.on("decoded", (decoded) => (packet = decoded));
  const [head, ...attachments] = body.split("\x1e");
  decoder.add(head.slice(1));
  for (const attachment of attachments) decoder.add(Buffer.from(attachment.slice(1), "base64"));
  return packet;
}

/** The text of a header, which Node reads as Latin-1. */
const utf8 = (header) => Buffer.from(header, "latin1").toString("utf8");

/** The Engine.IO payload of packets. */
function encode(...packets) {
  const encoder = new Encoder();
  const texts = packets.flatMap((packet) => encoder.encode(packet));
  return texts.map((piece) => (typeof piece === "string" ? `4${piece}` : `b${piece.toString("base64")}`)).join("\x1e");
}

/** The emulator, whose webhook does what the reference server's handlers do. */
export async function emulator() {
  const w = await world();
  const left = new Map();
  const { hook, rest } = w;
  hook.on.connect = (event) => {
    const namespace = utf8(event.namespace);
    if (namespace === "/deny") return { status: 403, body: '{"message":"no entry","data":{"code":7}}' };
    if (!OPEN.includes(namespace)) return { status: 404, body: '{"message":"Invalid namespace"}' };
  };
  hook.on.disconnected = ({ socket, body }) => void left.set(socket, JSON.parse(body).reason);
  for (const [name, handler] of Object.entries(handlers)) {
    hook.on[name] = async ({ namespace, socket, connection, body }) => {
      const nsp = utf8(namespace);
      const { id, data } = decode(body);
      let answer;
      const event = (...data) => ({ type: PacketType.EVENT, nsp, data });
      const send = async (room, payload) => {
        const { status } = await rest("POST", `/groups/${group(nsp, room)}/:send`, { body: payload });
        if (status !== 202) throw new Error(`:send answered ${status}`);
      };
      const change = async (call, room) => {
        const filter = `'${group(nsp, socket)}' in groups`;
        const change = JSON.stringify({ groups: [group(nsp, room)], filter });
        await rest("POST", `/:${call}`, { body: change, type: "application/json" });
      };
      const at = {
        ack: (...data) => (answer = id === undefined ? undefined : encode({ type: PacketType.ACK, nsp, id, data })),
        emit: (...data) => send(socket, encode(event(...data))),
        emitMany: (events) => send(socket, encode(...events.map((data) => event(...data)))),
        join: (room) => change("addToGroups", room),
        leave: (room) => change("removeFromGroups", room),
        to: (room, ...data) => send(room, encode(event(...data))),
        disconnect: (close) => send(socket, `41${nsp === "/" ? "" : `${nsp},`}${close ? '{"close":true}' : ""}`),
        closeConnection: () => rest("DELETE", `/connections/${connection}`),
      };
      await handler(at, ...data.slice(1));
      return { body: answer };
    };
  }
  return { name: "emulator", endpoint: w.endpoint, query: { access_token: w.clientToken() }, left, close: w.close };
}
