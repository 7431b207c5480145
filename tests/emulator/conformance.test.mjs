// The emulator beside the reference server: the same clients, the same behaviours, on each transport. What differs must
// stand in conformance/differences.json with its reason, and what stands there must differ.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { readFile } from "node:fs/promises";

import { behaviours } from "./conformance/behaviours.mjs";
import { clients, transports } from "./conformance/clients.mjs";
import { engine } from "./conformance/engine.mjs";
import { emulator, reference } from "./conformance/sides.mjs";
import { wire } from "./conformance/wire.mjs";

const listed = JSON.parse(await readFile(new URL("conformance/differences.json", import.meta.url)));
const differed = new Set();

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

describe("the emulator does as the reference server does", { timeout: 600_000, concurrency: false }, () => {
  let sides;
  before(async () => {
    sides = await Promise.all([reference(), emulator()]);
  });
  after(() => Promise.all(sides.map((side) => side.close())));

  for (const [client, { start, without }] of Object.entries(clients)) {
    describe(client, () => {
      let running;
      before(() => {
        running = start();
      });
      after(() => running.close());

      for (const [transport, names] of Object.entries(transports)) {
        for (const [name, behave] of Object.entries(behaviours)) {
          const { why, on = [transport] } = without[name] ?? {};
          const skip = on.includes(transport) ? why : undefined;
          test(`${client}, ${transport}: ${name}`, { timeout: 60_000, skip }, () =>
            compare(name, sides, async (side) => {
              const opened = [];
              const open = (namespaces, options) => {
                const sockets = running.open(side, namespaces, names, options);
                opened.push(...sockets);
                return sockets;
              };
              try {
                return await behave({
                  open: ({ namespace = "/", ...options } = {}) => open([namespace], options)[0],
                  together: (...namespaces) => open(namespaces, {}),
                  side,
                });
              } finally {
                for (const socket of opened) running.end(socket);
              }
            }),
          );
        }
      }
    });
  }

  for (const [transport, names] of Object.entries(transports)) {
    for (const [name, observe] of Object.entries(engine)) {
      const title = `engine.io-client, ${transport}: ${name}`;
      test(title, { timeout: 60_000 }, () => compare(name, sides, (side) => observe(side, names)));
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
