// What engine.io-client sees, the client below socket.io-client: connections, and Socket.IO's packets as texts.

import { setTimeout as sleep } from "node:timers/promises";

import { Engine } from "../../clients/packages.mjs";
import { once } from "../../clients/sio.mjs";
import { Log, same } from "./log.mjs";
import { packets } from "./packets.mjs";
import { left, PATH } from "./sides.mjs";

/** A client that is open, and has moved to its last transport. */
async function opened(side, names) {
  const engine = new Engine(side.endpoint, { path: PATH, query: side.query, transports: names });
  const log = new Log();
  const handshake = once(engine, "handshake");
  engine.on("message", (data) => log.note(typeof data === "string" ? same(data) : `bytes ${Buffer.from(data).toString("hex")}`));
  engine.on("close", (reason) => log.note(`closed: ${reason}`));
  await once(engine, names.length > 1 ? "upgrade" : "open");
  return { engine, log, handshake: (await handshake)[0] };
}

/** A client that has joined `/`. */
async function joined(side, names) {
  const at = await opened(side, names);
  const joining = once(at.engine, "message");
  at.engine.send("0");
  at.id = JSON.parse((await joining)[0].slice(1)).sid;
  return at;
}

/** Sends packets and waits for the answer to one that follows them, or for the end. */
async function answered({ engine, log }, ...sent) {
  for (const packet of sent) engine.send(packet);
  engine.send('299["echo","alive"]');
  await log.until((text) => text.startsWith("399"));
  engine.close();
  return log.lines.filter((line) => !line.startsWith("closed: forced"));
}

const message = (packet) => (typeof packet === "string" ? packet.slice(1) : packet);

export const engine = {
  ...Object.fromEntries(
    Object.entries(packets).map(([name, sent]) => [
      name,
      async (side, names) => answered(await joined(side, names), ...sent.map(message)),
    ]),
  ),
  "the handshake": async (side, names) => {
    const { engine, handshake } = await opened(side, names);
    engine.close();
    const { sid, ...others } = handshake;
    return [typeof sid, others];
  },
  "text of every kind": async (side, names) =>
    answered(await joined(side, names), '21["echo","ü\\u0000\\u001e\u2028 日本語"]', '22["echo","' + "x".repeat(70_000) + '"]'),
  "a hundred messages in order": async (side, names) =>
    answered(await joined(side, names), ...Array.from({ length: 100 }, (_, n) => `2${100 + n}["echo",${n}]`)),
  "bytes in both directions": async (side, names) =>
    answered(
      await joined(side, names),
      '52-1["describe",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
      Buffer.from([1, 2, 3]),
      Buffer.alloc(0),
      '22["bytes"]',
    ),
  "a message of a million bytes": async (side, names) => {
    const at = await joined(side, names);
    // With the packet's type, as long as the reference server takes.
    const text = '21["nothing","';
    return answered(at, text + "x".repeat(999_000 - text.length) + '"]');
  },
  "the server disconnects a socket": async (side, names) => {
    const at = await joined(side, names);
    at.engine.send('2["kick"]');
    await at.log.until((text) => text === "1");
    at.engine.close();
    return at.log.lines.slice(0, 2);
  },
  "the server closes": async (side, names) => {
    const at = await joined(side, names);
    at.engine.send('2["closeConnection"]');
    await at.log.until(() => false);
    return at.log.lines;
  },
  "the client closes": async (side, names) => {
    const at = await joined(side, names);
    at.engine.close();
    await left(side, at.id);
    await at.log.until(() => false);
    return at.log.lines;
  },
  "the client closes with something to send": async (side, names) => {
    const at = await joined(side, names);
    const other = await joined(side, names);
    other.engine.send('21["join","farewell"]');
    await other.log.until((text) => text.startsWith("31"));
    at.engine.send('2["say","farewell","bye"]');
    at.engine.close();
    await other.log.until((text) => text.startsWith('2["said"'));
    other.engine.close();
    return other.log.lines.slice(0, 3);
  },
  "a connection without a namespace is kept for a while": async (side, names) => {
    const { engine, log } = await opened(side, names);
    await sleep(200);
    engine.close();
    return log.lines;
  },
};
