// The apps drop `traceparent`. Their calls belong to the events that caused them as far as ids say so, and no further.

import assert from "node:assert/strict";
import { test } from "node:test";

import { once, sio } from "../clients/sio.mjs";
import { client, recorder, start } from "./kit.mjs";

const timeout = 60_000;
const apps = { "Node's HTTP server": ["node", ["node/app.mjs"]], "Python's HTTP server": ["python3", ["python/app.py"]] };

for (const [name, [command, args]] of Object.entries(apps)) {
  test(`traces of ${name}`, { timeout }, async (t) => {
    const between = await recorder();
    const emulator = await sio(["emulator", "--port", "0", "--upstream", `${between.url}/api/socketio`]);
    const app = await start(command, args, emulator.connectionString);
    between.target = app.url;
    const get = async (path) => (await fetch(`${emulator.emulator}/_emulator/${path}`, { signal: AbortSignal.timeout(10_000) })).json();
    /** The first value that is not undefined. */
    async function until(look) {
      for (const end = Date.now() + 10_000; Date.now() < end; ) {
        const found = await look();
        if (found !== undefined) return found;
      }
      throw new Error(`nothing within 10 s: ${JSON.stringify(await get("traces"))}`);
    }
    /** The steps of the trace whose summary fits. */
    const steps = (fits) =>
      until(async () => {
        const found = (await get("traces")).traces.find(fits);
        return found && (await get(`trace?id=${found.id}`)).steps;
      });
    const ended = (event, user) => (trace) => trace.name.split(", ").includes(event) && trace.user === user && trace.outcome !== "running";
    const derived = (all) => all.filter((step) => step.derived).map((step) => [step.kind, step.derived]);
    const clients = [];
    async function connect(user) {
      const socket = await client(app.url, user);
      clients.push(socket);
      await once(socket, "connect");
      await until(async () => {
        const all = await steps(ended("connect", user));
        return all.find((step) => step.kind === "webhook" && step.event === "connected");
      });
      return socket;
    }
    const emit = (socket, ...event) => socket.timeout(10_000).emitWithAck(...event);

    try {
      // They are kept from the first look.
      await get("traces");
      const ada = await connect("ada");
      const bob = await connect("bob");

      await t.test("a call that names the event's socket", async () => {
        await emit(ada, "join", "lobby");
        assert.deepEqual(derived(await steps(ended("join", "ada"))), [["rest", "it names the event's socket"]]);
        await emit(bob, "join", "lobby");
        assert.deepEqual(derived(await steps(ended("join", "bob"))), [["rest", "it names the event's socket"]]);
      });

      await t.test("a send that leaves the event's socket out", async () => {
        await emit(bob, "message", "lobby", "hello");
        const reason = "it leaves out the event's socket";
        assert.deepEqual(derived(await steps(ended("message", "bob"))), [["delivered", reason], ["rest", reason]]);
      });

      await t.test("no guess while another event of the hub is under way", async () => {
        let reached, release;
        const under_way = new Promise((resolve) => (reached = resolve));
        const held = new Promise((resolve) => (release = resolve));
        between.before = (event) => event === "held" && (reached(), held);
        bob.emit("held");
        await under_way;
        await emit(ada, "join", "harbour");
        const call = await steps((trace) => trace.subject === "call" && trace.calls?.[0]?.startsWith("join room harbour"));
        assert.deepEqual(derived(call), []);
        // A send that leaves its own socket out is certain even then.
        await emit(ada, "message", "lobby", "hi");
        assert.equal(derived(await steps(ended("message", "ada"))).length, 2);
        release();
      });
    } finally {
      for (const socket of clients) socket.disconnect();
      await emulator.stop();
      await app.stop();
      await between.stop();
    }
  });
}
