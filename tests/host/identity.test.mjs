// Functions of the Socket.IO extension whose connection has no access key: a managed identity gets the token, the service
// makes those of the clients.

import assert from "node:assert/strict";
import { once as emitted } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { once } from "../clients/sio.mjs";
import { actions, http, negotiation, trigger, world } from "./support.mjs";

const functions = {
  connect: [trigger("connect")],
  connected: [trigger("connected"), actions],
  scripted: [trigger("scripted"), actions],
  negotiate: http(negotiation),
};

const asked = [];

/** What the platform has at IDENTITY_ENDPOINT. The emulator takes tokens of this form at their word. */
const platform = createServer((request, response) => {
  const url = new URL(request.url, "http://x");
  asked.push([url.searchParams.get("resource"), request.headers["x-identity-header"]]);
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { aud: "https://webpubsub.azure.com", iss: "https://login.microsoftonline.com/t/v2.0", exp: now + 3600 };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({
    access_token: `${part({ alg: "RS256" })}.${part(claims)}.c2lnbmF0dXJl`,
    expires_on: String(now + 3600),
    resource: claims.aud,
    token_type: "Bearer",
  }));
});

let app;
before(async () => {
  await emitted(platform.listen(0, "127.0.0.1"), "listening");
  const name = "WebPubSubForSocketIOConnectionString";
  const connection = ({ emulator }) => ({
    [`${name}__endpoint`]: emulator,
    [`${name}__credential`]: "managedidentity",
    IDENTITY_ENDPOINT: `http://127.0.0.1:${platform.address().port}/msi/token`,
    IDENTITY_HEADER: "its header",
  });
  app = await world("node", "socketio.mjs", functions, { settings: "entra_tokens = true", connection });
});
after(async () => {
  await app?.close();
  platform.close();
});

test("a client gets in, is greeted, and is answered", { timeout: 60_000 }, async () => {
  const client = await app.connect("ada");
  const [id] = await once(client, "welcome");
  assert.equal(id, client.id);
  const heard = once(client, "news");
  const list = [{ actionName: "sendToNamespace", eventName: "news", parameters: ["hello"] }];
  const answer = await client.timeout(10_000).emitWithAck("scripted", { actions: list, returns: { ack: ["done"] } });
  assert.equal(answer, "done");
  assert.deepEqual(await heard, ["hello"]);
  const { Metadata } = await client.timeout(10_000).emitWithAck("scripted", { fill: true });
  assert.equal(JSON.parse(Metadata.UserId), "ada");
  assert.deepEqual(asked, [["https://webpubsub.azure.com", "its header"]], "one token serves all requests");
  assert.doesNotMatch(app.host.stderr(), /c2lnbmF0dXJl/, "the identity's token is not shown");
});
