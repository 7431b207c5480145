// Azure's own SDK with an identity instead of a key, against an emulator that takes tokens of Microsoft Entra. The SDK
// sends them over TLS only, so a proxy stands before the emulator, with a certificate that is made here.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer } from "node:tls";

import { certificate } from "../clients/certificate.mjs";
import { WebPubSubServiceClient } from "../clients/packages.mjs";
import { once } from "../clients/sio.mjs";
import { world } from "./support.mjs";

/** Takes TLS off; `port` is set as soon as it is known. */
async function proxy(tls) {
  const front = { port: null };
  const open = new Set();
  const server = createServer(tls, (outside) => {
    const inside = connect(front.port, "127.0.0.1");
    for (const socket of [outside, inside]) {
      open.add(socket);
      socket.once("error", () => {}).once("close", () => {
        open.delete(socket);
        outside.destroy();
        inside.destroy();
      });
    }
    outside.pipe(inside).pipe(outside);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  front.endpoint = `https://localhost:${server.address().port}`;
  front.close = () => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return front;
}

/** A token as Microsoft Entra makes them, but for its signature. */
function entra(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const all = { aud: "https://webpubsub.azure.com", iss: "https://sts.windows.net/a-tenant/", nbf: now, exp: now + 3600, ...claims };
  return `${part({ typ: "JWT", alg: "RS256", kid: "a-key" })}.${part(all)}.${Buffer.alloc(256, 1).toString("base64url")}`;
}

/** An identity that gives such tokens, and remembers what it was asked for. */
function identity(claims) {
  const scopes = [];
  const getToken = async (wanted) => {
    scopes.push(...[wanted].flat());
    return { token: entra(claims), expiresOnTimestamp: Date.now() + 3_600_000 };
  };
  return { scopes, getToken };
}

describe("@azure/web-pubsub with an identity", { timeout: 60_000 }, () => {
  let folder, tls, front, w;
  const sdk = (credential, endpoint = front.endpoint) =>
    new WebPubSubServiceClient(endpoint, credential, "hub", {
      tlsOptions: { ca: tls.cert },
      retryOptions: { maxRetries: 0 },
      allowInsecureConnection: true,
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "identity-"));
    tls = await certificate();
    front = await proxy(tls);
    const config = join(folder, "emulator.toml");
    await writeFile(config, "[settings]\nentra_tokens = true\n");
    w = await world(["--config", config, "--endpoint", front.endpoint]);
    await w.emulator.said(/listening on/);
    front.port = Number(w.emulator.stderr().match(/listening on [\d.]+:(\d+)/)[1]);
  });
  after(async () => {
    await w?.close();
    await front?.close();
    await tls?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  test("calls are let in by their token, and clients by the one that the service makes", async () => {
    const credential = identity();
    const service = sdk(credential);
    const made = await service.getClientAccessToken({ userId: "alice", clientProtocol: "socketio" });
    assert.equal(new URL(made.url).host, new URL(front.endpoint).host);
    assert.equal(JSON.parse(Buffer.from(made.token.split(".")[1], "base64url")).sub, "alice");
    const alice = w.client({ transports: ["websocket"], token: made.token, ca: tls.cert });
    await once(alice, "connect");
    const news = once(alice, "news");
    await service.sendToUser("alice", '42["news",1]', { contentType: "text/plain" });
    assert.deepEqual(await news, [1]);
    assert.equal(await service.userExists("nobody"), false);
    assert.deepEqual(new Set(credential.scopes), new Set(["https://webpubsub.azure.com/.default"]));
  });

  for (const [what, claims] of [
    ["for another service", { aud: "https://storage.azure.com" }],
    ["of another issuer", { iss: "https://example.org/" }],
    ["that has expired", { exp: 1_700_000_000 }],
  ]) {
    test(`a token ${what} is refused`, async () => {
      await assert.rejects(sdk(identity(claims)).userExists("alice"), (error) => error.statusCode === 401);
    });
  }

  test("the SDK itself sends no token without TLS", async () => {
    const credential = identity();
    await assert.rejects(sdk(credential, `http://localhost:${front.port}`).userExists("alice"), /non-TLS/);
  });
});
