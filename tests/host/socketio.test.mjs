// Official clients on one side, a handler in Node on the other, and between them the emulator and the host with its
// Socket.IO extension.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { once } from "../clients/sio.mjs";
import { actions, http, negotiation, trigger, world } from "./support.mjs";

const functions = {
  connect: [trigger("connect")],
  connected: [trigger("connected"), actions],
  named: [trigger("named", { parameterNames: ["text"] })],
  scripted: [trigger("scripted"), actions],
  negotiate: http(negotiation),
};

let app;
before(async () => (app = await world("node", "socketio.mjs", functions)));
after(() => app?.close());

const connect = (user, options) => app.connect(user, options);

for (const transports of [["websocket"], ["polling"]]) {
  test(`a client connects over ${transports} and is greeted by the function for connected`, async () => {
    const client = await connect("ada", { transports });
    const [id] = await once(client, "welcome");
    assert.equal(id, client.id);
  });
}

test("a status other than 200 refuses the socket", async () => {
  const client = await connect("mallory");
  const [error] = await once(client, "connect_error");
  assert.ok(error instanceof Error);
});

test("what a function returns is the acknowledgement", async () => {
  const client = await connect("ada");
  const answer = await client.timeout(10_000).emitWithAck("scripted", { returns: { statusCode: 200, ack: [{ n: 1 }] } });
  assert.deepEqual(answer, { n: 1 });
});

test("the user of the negotiation is the user of the event", async () => {
  const client = await connect("grace");
  const { Metadata } = await client.timeout(10_000).emitWithAck("scripted", { fill: true });
  assert.equal(JSON.parse(Metadata.UserId), "grace");
  assert.equal(JSON.parse(Metadata.SocketId), client.id);
  assert.equal(Metadata.ConnectionContext.hub, "hub");
});

test("arguments are bound to the names in function.json", async () => {
  const client = await connect("ada");
  const metadata = await client.timeout(10_000).emitWithAck("named", "hello");
  assert.equal(JSON.parse(metadata.text), "hello");
});

test("rooms are joined, excepted, left, and their sockets disconnected", async () => {
  const [one, two] = await Promise.all([connect("one"), connect("two")]);
  await Promise.all([once(one, "welcome"), once(two, "welcome")]);
  const act = (client, list) => client.timeout(10_000).emitWithAck("scripted", { actions: list, returns: { ack: ["done"] } });
  const join = { actionName: "addSocketToRoom", socketId: "{me}", room: "r" };
  await Promise.all([act(one, [join]), act(two, [join])]);
  const heard = [];
  two.onAny((event, ...args) => heard.push([event, ...args]));
  // As with the original extension, an exception holds for the last room alone.
  const toRoom = (eventName, more) => ({ actionName: "sendToRooms", rooms: ["s", "r"], eventName, ...more });
  const excepted = once(one, "first");
  await act(one, [toRoom("first", { exceptRooms: [two.id] })]);
  await excepted;
  const both = once(two, "second");
  await act(one, [{ actionName: "sendToNamespace", eventName: "second", parameters: ["é", { n: 1.5 }] }]);
  assert.deepEqual(await both, ["é", { n: 1.5 }]);
  // What was sent first would have come first.
  assert.deepEqual(heard.map(([event]) => event), ["second"]);
  await act(two, [{ actionName: "removeSocketFromRoom", socketId: "{me}", room: "r" }]);
  const last = once(two, "fourth");
  await act(one, [toRoom("third"), { actionName: "sendToSocket", socketId: two.id, eventName: "fourth" }]);
  await last;
  assert.ok(!heard.some(([event]) => event === "third"));
  const gone = once(two, "disconnect");
  one.emit("scripted", { actions: [{ actionName: "disconnectSockets", rooms: [two.id] }] });
  assert.deepEqual((await gone)[0], "io server disconnect");
});

test("a failed function is told to the developer", async () => {
  const client = await connect("ada");
  await once(client, "welcome");
  client.emit("scripted", { actions: [{ type: "sendToNamespace" }] });
  await app.host.said("Not supported SocketIOAction");
});
