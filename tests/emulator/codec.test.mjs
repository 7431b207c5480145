// Our Socket.IO codec beside npm's: packets of every kind, whole and broken, read the same by both.
//
//   CODEC_SEED=7 CODEC_CASES=1000000 node --test tests/emulator/codec.test.mjs

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { test } from "node:test";

import { Decoder, Encoder, PacketType } from "../clients/packages.mjs";
import { root } from "../clients/sio.mjs";

const seed = Number(process.env.CODEC_SEED ?? randomInt(2 ** 32 - 1));
const count = Number(process.env.CODEC_CASES ?? 30_000);

/** Numbers below a limit, the same ones for the same seed. */
function numbers(state) {
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** Milliseconds, for a machine with other work. */
const patience = 60_000 + count;

const below = numbers(seed);
const pick = (list) => list[below(list.length)];

// What the grammar is made of, and what JSON and JavaScript treat in their own way.
const PIECES = [
  ..."0123456789/,-[]{}\":+.eE \t\n\\", "null", "true", "1e1", "0x1", "\\u0041", "\\ud800", "\\ud83d\\ude00", "é", "消", "😀",
  "\u0000", "\u001e", "\u2028", "\u00a0", "connect", "disconnecting", "newListener", "__proto__", "_placeholder",
];

const text = () => Array.from({ length: below(6) }, () => pick(PIECES)).join("");

function value(depth = 0) {
  switch (below(depth > 3 ? 5 : 8)) {
    case 0: return null;
    case 1: return below(2) === 0;
    case 2: return pick([0, -0, 1, -1.5, 1e21, 5e-324, 2 ** 53, below(1000)]);
    case 3: case 4: return text();
    case 5: return Buffer.from(text());
    case 6: return Array.from({ length: below(4) }, () => value(depth + 1));
    default: return Object.fromEntries(Array.from({ length: below(4) }, () => [text(), value(depth + 1)]));
  }
}

const namespace = () => pick(["/", "/", "/ns", "/a/b?c=1", "/消", "/ 1", `/${text().replaceAll(",", "")}`]);
const id = () => pick([undefined, undefined, 0, 7, below(2 ** 32), 2 ** 53]);

/** A packet as npm's codec writes it. */
function whole() {
  const nsp = namespace();
  switch (below(8)) {
    case 0: return { type: PacketType.CONNECT, nsp, data: pick([undefined, {}, { token: text() }]) };
    case 1: return { type: PacketType.DISCONNECT, nsp };
    case 2: return { type: PacketType.CONNECT_ERROR, nsp, data: pick([{ message: text() }, text()]) };
    case 3: return { type: PacketType.ACK, nsp, id: id() ?? 1, data: Array.from({ length: below(4) }, () => value()) };
    default: {
      const name = pick([text(), "chat", below(100), -1.5]);
      return { type: PacketType.EVENT, nsp, id: id(), data: [name, ...Array.from({ length: below(4) }, () => value())] };
    }
  }
}

const encoder = new Encoder();
const written = () => encoder.encode(whole())[0];

/** A packet with a few characters taken out, put in, or replaced by those of another one. */
function broken() {
  let packet = written();
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(2) ? below(packet.length + 1) : below(12);
    const rest = packet.slice(at + below(3));
    packet = packet.slice(0, at) + pick([pick(PIECES), "", written().slice(below(8))]) + rest;
  }
  return packet;
}

/** An event whose name has halves of surrogate pairs, as escapes. */
const halves = () => `2["${text().replace(/["\\]/g, "")}\\ud${pick(["800", "83d", "bff", "c00", "e00"])}${pick(["", "\\ude00", "x"])}",1]`;

const ways = [written, written, broken, broken, broken, () => String(below(10)) + text(), halves];
/** Texts as a WebSocket carries them. */
const cases = Array.from({ length: count }, () => pick(ways)().toWellFormed());

/** What our codec says of each. */
async function ours(texts) {
  const program = spawn(`${root}target/debug/examples/packets`, { stdio: ["pipe", "pipe", "inherit"], timeout: patience });
  const ended = new Promise((resolve, reject) => program.once("error", reject).once("close", resolve));
  program.stdin.on("error", () => {}).end(texts.map((text) => `${JSON.stringify(text)}\n`).join(""));
  const chunks = [];
  for await (const chunk of program.stdout) chunks.push(chunk);
  assert.equal(await ended, 0);
  return Buffer.concat(chunks).toString().trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** What npm's says; undefined if it refuses the text. */
function theirs(text) {
  try {
    return new Decoder().decodeString(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether a text is one that the two read differently on purpose. To JavaScript, nothing and white space are the number 0, and
 * 1e1 is 10, so npm's codec takes them for a type, an id or a number of attachments. No client writes them; ours wants digits.
 */
function looseNumber(text) {
  const [, attachments] = /^[56]([^-]*)-/.exec(text) ?? [];
  if (attachments !== undefined && !/^\d+$/.test(attachments)) return Number(attachments) >= 1;
  return /^(?:\s|$)/.test(text) || /^(?:[0-4]|[56]\d+-)(?:\/[^,]*,)?\d*\s/.test(text);
}

/** Checks one text; returns what became of it. */
function compare(text, our) {
  const their = theirs(text);
  const data = our.data && json(our.data);
  // The emulator refuses more attachments as npm's codec does, but not in the codec.
  const refused = our.error !== undefined || our.attachments > 10;
  if (their === undefined) {
    const event = our.type === PacketType.EVENT || our.type === PacketType.BINARY_EVENT;
    // The data of other packets is their reader's business.
    if (!refused && (event || our.data === "")) assert.ok(our.event.error, "ours takes what npm's refuses");
    return "refused";
  }
  assert.ok(!refused, "ours refuses what npm's takes");
  const { type, nsp, id, attachments = 0 } = their;
  const read = { type: our.type, nsp: our.namespace, id: our.id === null ? undefined : Number(our.id), attachments: our.attachments };
  assert.deepEqual(read, { type, nsp, id, attachments });
  assert.deepEqual(our.data === "" ? undefined : data, their.data);
  assert.deepEqual(new Decoder().decodeString(our.written.slice(1)), their);
  if (our.data === "" || (type !== PacketType.EVENT && type !== PacketType.BINARY_EVENT)) return PacketType[type];
  const [name, ...rest] = their.data;
  if (our.event.error) {
    // HTTP headers cannot carry such a name.
    assert.ok(our.event.surrogate && !name.isWellFormed(), our.event.error);
    return "surrogate";
  }
  assert.equal(typeof name === "number" ? Number(our.event.name) : our.event.name, name);
  assert.deepEqual(our.event.arguments.map(json), rest);
  return PacketType[type];
}

const json = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

test("packets of every kind are read as npm's codec reads them", { timeout: 2 * patience }, async (t) => {
  t.diagnostic(`CODEC_SEED=${seed} CODEC_CASES=${count}`);
  const read = await ours(cases);
  assert.equal(read.length, cases.length);
  const seen = {};
  for (const [index, text] of cases.entries()) {
    if (looseNumber(text)) continue;
    try {
      const became = compare(text, read[index]);
      seen[became] = (seen[became] ?? 0) + 1;
    } catch (error) {
      error.message = `CODEC_SEED=${seed}: ${JSON.stringify(text)}: ${error.message}\n${JSON.stringify(read[index])}`;
      throw error;
    }
  }
  t.diagnostic(JSON.stringify(seen));
  // Each way out was taken often enough to mean something.
  for (const way of ["refused", "surrogate", ...Object.keys(PacketType).filter((key) => isNaN(key))]) {
    assert.ok(seen[way] > count / 3000, `${way}: ${seen[way]} of ${count}`);
  }
});

test("what npm's codec writes, ours writes the same", { timeout: 2 * patience }, async () => {
  const texts = Array.from({ length: count / 10 }, () => written().toWellFormed());
  for (const [index, { written }] of (await ours(texts)).entries()) assert.equal(written, `4${texts[index]}`, `CODEC_SEED=${seed}`);
});
