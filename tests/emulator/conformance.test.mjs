// The emulator beside the reference server: the same clients, the same behaviours, on each transport. What differs must
// stand in conformance/differences.json with its reason, and what stands there must differ.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { readFile } from "node:fs/promises";

import { io, io3 } from "../clients/packages.mjs";
import { behaviours } from "./conformance/behaviours.mjs";
import { emulator, PATH, reference } from "./conformance/sides.mjs";
import { wire } from "./conformance/wire.mjs";

const listed = JSON.parse(await readFile(new URL("conformance/differences.json", import.meta.url)));
const differed = new Set();

const clients = { "socket.io-client 4": io, "socket.io-client 3": io3 };
const transports = { websocket: ["websocket"], polling: ["polling"], upgrade: ["polling", "websocket"] };

/** What the reference server and its own client do now one way, now another. */
const unsteady = {
  "socket.io-client 3, polling: a client leaves and connects again": "at the reference server it fails now and then",
  "socket.io-client 3, upgrade: a client leaves and connects again": "at the reference server it fails now and then",
};

/** Compares what both servers show of a behaviour; a failure is what it shows, too. */
async function compare(name, sides, observe) {
  const [expected, found] = await Promise.all(
    sides.map((side) => observe(side).then((value) => JSON.parse(JSON.stringify(value ?? null)), (error) => `failed: ${error.message}`)),
  );
  if (listed[name] === undefined) {
    // Two failures do not agree.
    assert.doesNotMatch(String(expected), /^failed: /);
    assert.deepEqual({ emulator: found }, { emulator: expected });
  } else if (!isDeepStrictEqual(found, expected)) {
    differed.add(name);
  }
}

describe("the emulator does as the reference server does", { timeout: 300_000, concurrency: false }, () => {
  let sides;
  before(async () => {
    sides = await Promise.all([reference(), emulator()]);
  });
  after(() => Promise.all(sides.map((side) => side.close())));

  for (const [client, connect] of Object.entries(clients)) {
    for (const [transport, names] of Object.entries(transports)) {
      for (const [name, behave] of Object.entries(behaviours)) {
        const title = `${client}, ${transport}: ${name}`;
        test(title, { timeout: 60_000, skip: unsteady[title] }, () =>
          compare(name, sides, async (side) => {
            const opened = [];
            const open = ({ namespace = "", ...options } = {}) => {
              const socket = connect(side.endpoint + namespace, {
                path: PATH,
                query: side.query,
                forceNew: true,
                reconnection: false,
                transports: names,
                ...options,
              });
              opened.push(socket);
              return socket;
            };
            try {
              return await behave({ open, side });
            } finally {
              for (const socket of opened) {
                socket.io.reconnection(false);
                socket.disconnect();
                socket.io.engine?.close();
              }
            }
          }),
        );
      }
    }
  }

  for (const [name, observe] of Object.entries(wire)) {
    const title = `by hand: ${name}`;
    test(title, { timeout: 60_000 }, () => compare(name, sides, observe));
  }

  test("what is listed as different differs", () => {
    const same = Object.keys(listed).filter((name) => !differed.has(name));
    assert.deepEqual(same, []);
  });
});
