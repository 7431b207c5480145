// What Socket.IO clients do, and what they see. Each behaviour returns what must be the same at both servers. `open` makes
// a client for a namespace, `together` several of one connection.

import { setTimeout as sleep } from "node:timers/promises";

import { once } from "../../clients/sio.mjs";
import { left, plain } from "./sides.mjs";

/** The arguments of an acknowledgement. The clients of version 3 have no `emitWithAck`. */
const asked = (client, name, ...args) =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no acknowledgement of ${name}`)), 10_000);
    client.emit(name, ...args, (...answer) => {
      clearTimeout(late);
      resolve(plain(answer));
    });
  });

const seen = async (client, event) => plain(await once(client, event));

/** A client that is connected; `open` makes one. */
async function connected(open, options) {
  const client = open(options);
  await once(client, "connect");
  return client;
}

/** Has the server send that many numbers, and returns what comes, up to the last one or the end. */
async function burst(client, count) {
  const numbers = [];
  const gone = once(client, "disconnect", 30_000).then(([reason]) => numbers.push(reason));
  const all = new Promise((resolve) => {
    client.on("tick", (n) => {
      if (numbers.push(n) === count) resolve();
    });
  });
  client.emit("burst", count);
  await Promise.race([all, gone]);
  gone.catch(() => {});
  return numbers;
}

/** What becomes of an event without an answer: whether the connection lives on. */
const survives = async (client) => (await asked(client, "echo", "alive"))[0];

export const behaviours = {
  "a client connects and has an id": async ({ open }) => typeof (await connected(open)).id,
  "an acknowledgement keeps its arguments": async ({ open }) => {
    const client = await connected(open);
    return asked(client, "echo", 1, "ü\u0000\u001e\u2028", null, [], {}, { a: { b: [true, { c: -1.5e-7 }] } }, "日本語");
  },
  "an acknowledgement may be empty, or have 200 arguments": async ({ open }) => {
    const client = await connected(open);
    return [await asked(client, "nothing"), (await asked(client, "echo", ...Array(200).fill("x"))).length];
  },
  "a hundred events are answered in order": async ({ open }) => {
    const client = await connected(open);
    return Promise.all(Array.from({ length: 100 }, (_, n) => asked(client, "echo", n)));
  },
  "the server emits to a client": async ({ open }) => {
    const client = await connected(open);
    const back = seen(client, "back");
    client.emit("back", "x", { y: 1 });
    return back;
  },
  "bytes come from a client": async ({ open }) => {
    const client = await connected(open);
    return asked(client, "describe", Buffer.from([1, 2, 3]), { deep: [Buffer.alloc(0), Buffer.from("x")] }, "y");
  },
  "bytes go to a client": async ({ open }) => {
    const client = await connected(open);
    const bytes = seen(client, "bytes");
    client.emit("sendBytes");
    return [await asked(client, "bytes"), await bytes];
  },
  "bytes as text": async ({ open }) => {
    const client = await connected(open, { forceBase64: true });
    return asked(client, "describe", Buffer.from([1, 2, 3]));
  },
  "400 kB of bytes": async ({ open }) => {
    const client = await connected(open);
    const [{ bytes }] = await asked(client, "describe", Buffer.alloc(400_000, 7));
    return bytes.length;
  },
  "thousands of packets at once": async ({ open }) => {
    const client = await connected(open);
    return (await burst(client, 2000)).length;
  },
  "packets keep their order": async ({ open }) => {
    const client = await connected(open);
    return burst(client, 300);
  },
  "namespaces share a connection": async ({ together }) => {
    const clients = together("/", "/chat", "/a b", "/ü", "/x/y");
    await Promise.all(clients.map((client) => once(client, "connect")));
    return Promise.all(clients.map((client, n) => asked(client, "echo", n)));
  },
  "a client leaves one of its namespaces": async ({ together }) => {
    const [client, other] = together("/", "/chat");
    await Promise.all([once(client, "connect"), once(other, "connect")]);
    other.disconnect();
    return survives(client);
  },
  "a refusal has a message and data": async ({ open }) => {
    const client = open({ namespace: "/deny" });
    const [error] = await once(client, "connect_error");
    return [error.message, error.data];
  },
  "a namespace that is not there": async ({ open }) => {
    const client = open({ namespace: "/nowhere" });
    return (await once(client, "connect_error"))[0].message;
  },
  "a namespace that no header can carry": async ({ together }) => {
    const [client, other] = together("/", "/a\u0001");
    await Promise.all([once(client, "connect"), once(other, "connect_error")]);
    return survives(client);
  },
  "rooms": async ({ open }) => {
    const [one, two] = [await connected(open), await connected(open)];
    const heard = [];
    for (const client of [one, two]) client.on("said", (text) => heard.push(text));
    await asked(one, "join", "r");
    await asked(two, "join", "r");
    const both = Promise.all([once(one, "said"), once(two, "said")]);
    await asked(one, "say", "r", "to both");
    await both;
    await asked(two, "leave", "r");
    const alone = once(one, "said");
    await asked(two, "say", "r", "to one");
    await alone;
    await survives(two);
    return heard;
  },
  "names of events": async ({ open }) => {
    const client = await connected(open);
    const said = [];
    for (const name of [7, "", "消息", "with space"]) said.push(await asked(client, name));
    return said;
  },
  "a name with a line break": async ({ open }) => {
    const client = await connected(open);
    let answered = "no answer";
    client.emit("a\nb", (...answer) => (answered = plain(answer)));
    // One client's events are handled in order, so an answer would come before the next one's.
    const lives = await survives(client);
    return [answered, lives];
  },
  "a name with half of a surrogate pair": async ({ open }) => {
    const client = await connected(open);
    client.emit("\ud800");
    return survives(client);
  },
  "an event that is not answered": async ({ open }) => {
    const client = await connected(open);
    client.emit("silent", () => {});
    return survives(client);
  },
  "a socket is disconnected": async ({ open, side }) => {
    const client = await connected(open);
    const { id } = client;
    const gone = once(client, "disconnect");
    client.emit("kick");
    const [reason] = await gone;
    return [reason, await left(side, id)];
  },
  "a socket is disconnected and its connection closed": async ({ open }) => {
    const client = await connected(open);
    const gone = once(client, "disconnect");
    client.emit("kickAndClose");
    return (await gone)[0];
  },
  "a connection is closed, and the client comes back": async ({ open }) => {
    const client = await connected(open, { reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 20 });
    const { id } = client;
    const gone = once(client, "disconnect");
    const back = once(client, "connect");
    client.emit("closeConnection");
    const [reason] = await gone;
    await back;
    return [reason, client.id !== id, await survives(client)];
  },
  "a client leaves": async ({ open, side }) => {
    const client = await connected(open);
    const { id } = client;
    const gone = once(client, "disconnect");
    client.disconnect();
    return [(await gone)[0], await left(side, id)];
  },
  "a client leaves and connects again": async ({ open, side }) => {
    const client = await connected(open);
    const ids = new Set();
    for (let n = 0; n < 3; n += 1) {
      const { id } = client;
      ids.add(id);
      client.disconnect();
      // Clients of version 3 lose themselves when they come back before their goodbye has arrived.
      await left(side, id);
      client.connect();
      await once(client, "connect");
    }
    return [ids.size, await survives(client)];
  },
  "subprotocols": async ({ open }) => {
    const client = await connected(open, { protocols: ["one", "two"] });
    return survives(client);
  },
};
