// Azure's own SDK for JavaScript against the emulator: every call that its client has.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { odata, WebPubSubServiceClient } from "../clients/packages.mjs";
import { once } from "../clients/sio.mjs";
import { group, world } from "./support.mjs";

describe("@azure/web-pubsub", { timeout: 60_000 }, () => {
  let w, service, alice, bob;
  const plain = { contentType: "text/plain" };
  const idOf = (client) => client.io.engine.id;
  const sdk = (connectionString, options) =>
    new WebPubSubServiceClient(connectionString, "hub", { allowInsecureConnection: true, retryOptions: { maxRetries: 2 }, ...options });

  async function connected(claims) {
    const client = w.client({ transports: ["websocket"], token: w.clientToken(claims) });
    await once(client, "connect");
    return client;
  }

  before(async () => {
    w = await world();
    service = sdk(w.emulator.connectionString);
    [alice, bob] = await Promise.all([connected({ sub: "alice" }), connected({ sub: "bob" })]);
  });
  after(() => w?.close());

  /** Sends, and expects exactly these clients to hear it. */
  async function heard(send, ...expected) {
    const events = [];
    for (const client of [alice, bob]) client.once("x", () => events.push(client));
    await send(`42["x"]`);
    const markers = [alice, bob].map((client) => once(client, "marker"));
    await service.sendToAll('42["marker"]', plain);
    await Promise.all(markers);
    for (const client of [alice, bob]) client.off("x");
    assert.deepEqual(new Set(events), new Set(expected));
  }

  test("sends to all, a user, a connection and a group, with filters and exclusions", async () => {
    await heard((text) => service.sendToAll(text, plain), alice, bob);
    await heard((text) => service.sendToAll(text, { ...plain, excludedConnections: [idOf(bob)] }), alice);
    await heard((text) => service.sendToAll(text, { ...plain, filter: odata`userId eq ${"bob"}` }), bob);
    await heard((text) => service.sendToUser("alice", text, plain), alice);
    await heard((text) => service.sendToUser("alice", text, { ...plain, messageTtlSeconds: 60 }), alice);
    await heard((text) => service.sendToConnection(idOf(bob), text, plain), bob);
    const room = service.group(group("/", bob.id));
    await heard((text) => room.sendToAll(text, plain), bob);
    await heard((text) => room.sendToAll(text, { ...plain, filter: "userId ne 'bob'" }));
  });

  test("adds, removes and lists members", async () => {
    const lobby = service.group(group("/", "lobby"));
    assert.equal(await service.groupExists(lobby.groupName), false);
    await lobby.addConnection(idOf(alice));
    assert.equal(await service.groupExists(lobby.groupName), true);
    await lobby.addUser("bob");
    const members = [];
    for await (const member of await lobby.listConnections({ maxPageSize: 1 })) members.push([member.connectionId, member.userId]);
    // In the order in which they came, which was at once.
    assert.deepEqual(new Map(members), new Map([[idOf(alice), "alice"], [idOf(bob), "bob"]]));
    assert.equal(members.length, 2);
    await lobby.removeUser("bob");
    await heard((text) => lobby.sendToAll(text, plain), alice);
    await lobby.removeConnection(idOf(alice));
    await service.addConnectionsToGroups([lobby.groupName], odata`userId in (${"alice"}, ${"bob"})`);
    await heard((text) => lobby.sendToAll(text, plain), alice, bob);
    await service.removeConnectionsFromGroups([lobby.groupName], "userId eq 'alice'");
    await heard((text) => lobby.sendToAll(text, plain), bob);
    await service.removeUserFromAllGroups("bob");
    assert.equal(await service.groupExists(lobby.groupName), false);
    await assert.rejects(lobby.addConnection("nobody"), (error) => error.statusCode === 404);
  });

  test("asks who exists", async () => {
    assert.equal(await service.connectionExists(idOf(alice)), true);
    assert.equal(await service.connectionExists("nobody"), false);
    assert.equal(await service.userExists("alice"), true);
    assert.equal(await service.userExists("nobody"), false);
  });

  test("grants, looks up and revokes permissions", async () => {
    const target = { targetName: "g" };
    assert.equal(await service.hasPermission(idOf(alice), "sendToGroup", target), false);
    await service.grantPermission(idOf(alice), "sendToGroup", target);
    assert.equal(await service.hasPermission(idOf(alice), "sendToGroup", target), true);
    await service.revokePermission(idOf(alice), "sendToGroup", target);
    assert.equal(await service.hasPermission(idOf(alice), "sendToGroup", target), false);
  });

  test("a wrong filter is an error with a code", async () => {
    await assert.rejects(service.sendToAll("42", { ...plain, filter: "invalid filter" }), (error) => {
      assert.equal(error.statusCode, 400);
      assert.match(error.message, /Invalid syntax for 'invalid filter'/);
      return true;
    });
  });

  test("a wrong key is refused", async () => {
    const wrong = sdk(w.emulator.connectionString.replace(/AccessKey=[^;]+/, "AccessKey=another-key-altogether"));
    await assert.rejects(wrong.connectionExists("x"), (error) => error.statusCode === 401);
  });

  test("a call that is asked to come back comes back", async () => {
    const body = JSON.stringify({ rest: { calls: 1, status: 429, retryAfter: 1 } });
    await fetch(`${w.endpoint}/_emulator/faults`, { method: "POST", headers: { "content-type": "application/json" }, body });
    assert.equal(await service.userExists("alice"), true);
  });

  test("a token that it makes for Socket.IO connects", async () => {
    const made = await service.getClientAccessToken({ userId: "carol", clientProtocol: "socketio" });
    const claims = JSON.parse(Buffer.from(made.token.split(".")[1], "base64url"));
    assert.equal(claims.aud, w.audience);
    const carol = w.client({ transports: ["websocket"], token: made.token });
    await once(carol, "connect");
    assert.equal(await service.userExists("carol"), true);
  });

  test("closes connections", async () => {
    const reasons = [alice, bob].map((client) => once(client, "disconnect"));
    for (const client of [alice, bob]) client.io.reconnection(false);
    await service.closeConnection(idOf(alice), { reason: "bye" });
    await service.closeUserConnections("bob");
    assert.deepEqual((await Promise.all(reasons)).map(([reason]) => reason), ["transport close", "transport close"]);
    await service.closeAllConnections();
    await service.group("g").closeAllConnections();
  });
});
