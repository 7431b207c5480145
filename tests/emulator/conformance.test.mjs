// The emulator beside the reference server: the same clients, the same behaviours, on each transport. What differs must
// stand in conformance/differences.json: the behaviour, what each server shows, and why. `clients` and `transports` say
// who shows it, all of them by default. Both servers must show what is listed; `referenceAlso` has what the reference
// server shows at other times.

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
/** Clients and transports that have shown an entry. */
const shown = new Map(listed.map((entry) => [entry, new Set()]));

/** The entry for a behaviour of a client on a transport. */
function difference(behaviour, client, transport) {
  const entries = listed.filter(
    (entry) =>
      entry.behaviour === behaviour &&
      (entry.clients?.includes(client) ?? true) &&
      (entry.transports?.includes(transport) ?? true),
  );
  assert.ok(entries.length <= 1, `differences.json has ${entries.length} entries for ${behaviour}, ${client}, ${transport}`);
  return entries[0];
}

/** Compares what both servers show of a behaviour; a failure is what it shows, too. */
async function compare({ behaviour, client, transport }, sides, observe) {
  const [reference, emulator] = await Promise.all(
    sides.map((side) => observe(side).then((value) => JSON.parse(JSON.stringify(value ?? null)), (error) => `failed: ${error.message}`)),
  );
  const entry = difference(behaviour, client, transport);
  if (entry === undefined) {
    // Two failures do not agree.
    assert.doesNotMatch(String(reference), /^failed: /);
    assert.deepEqual({ emulator }, { emulator: reference });
    return;
  }
  shown.get(entry).add(client).add(transport);
  const also = (entry.referenceAlso ?? []).find((other) => isDeepStrictEqual(reference, other));
  assert.deepEqual({ emulator, reference }, { emulator: entry.emulator, reference: also ?? entry.reference });
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
            compare({ behaviour: name, client, transport }, sides, async (side) => {
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
      const client = "engine.io-client";
      test(`${client}, ${transport}: ${name}`, { timeout: 60_000 }, () =>
        compare({ behaviour: name, client, transport }, sides, (side) => observe(side, names)),
      );
    }
  }

  for (const [name, observe] of Object.entries(wire)) {
    const client = "by hand";
    test(`${client}: ${name}`, { timeout: 60_000 }, () => compare({ behaviour: name, client }, sides, observe));
  }

  test("what is listed as different differs, at each client and transport that is named", () => {
    for (const entry of listed) {
      const { behaviour, clients = [], transports = [], emulator, reference, why } = entry;
      assert.ok(why, `${behaviour} has no reason`);
      const references = [reference, ...(entry.referenceAlso ?? [])];
      assert.ok(!references.some((other) => isDeepStrictEqual(emulator, other)), `${behaviour} does not differ`);
      const seen = shown.get(entry);
      assert.notEqual(seen.size, 0, `${behaviour} was not shown`);
      const unseen = [...clients, ...transports].filter((name) => !seen.has(name));
      assert.deepEqual(unseen, [], `${behaviour} was not shown by all that are named`);
    }
  });
});
