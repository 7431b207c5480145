// A handler that has no key: each kind of identity gets its token from where that kind has it from, and the calls go to
// the service with it, over TLS and HTTP/2.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { certificate } from "../clients/certificate.mjs";
import { root } from "../clients/sio.mjs";

const CONNECTION = "WebPubSubForSocketIOConnectionString";
const TOKEN = "token-of-the-app";

async function body(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

/** Microsoft's login and the service in one, over TLS; answers over HTTP/2 to clients that offer it. */
function secure(tls, seen) {
  return createSecureServer({ ...tls, allowHTTP1: true }, async (request, response) => {
    const text = await body(request);
    const form = Object.fromEntries(new URLSearchParams(text));
    if (request.url === "/a-tenant/oauth2/v2.0/token") {
      seen.logins.push(form);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ token_type: "Bearer", expires_in: 3600, ext_expires_in: 3600, access_token: TOKEN }));
    } else {
      const { authorization } = request.headers;
      seen.calls.push({ url: request.url, http: request.httpVersion, authorization, text });
      response.writeHead(202).end();
    }
  });
}

/** What the platform offers on the machine itself: a managed identity, and a pipeline's service connection. */
function platform(seen) {
  return createServer(async (request, response) => {
    await body(request);
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    seen.local.push({ pathname, query: Object.fromEntries(searchParams), headers: request.headers });
    response.writeHead(200, { "content-type": "application/json" });
    const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
    response.end(
      JSON.stringify(
        pathname === "/identity"
          ? { access_token: "token-of-the-identity", expires_on, token_type: "Bearer", resource: searchParams.get("resource") }
          : { oidcToken: "token-of-the-pipeline" },
      ),
    );
  });
}

describe("connections by identity", { timeout: 60_000 }, () => {
  let tls, login, loginPort, local, localPort;
  const seen = { logins: [], calls: [], local: [] };

  before(async () => {
    tls = await certificate();
    [login, local] = [secure(tls, seen), platform(seen)];
    [loginPort, localPort] = [await listen(login), await listen(local)];
  });
  after(async () => {
    login?.close();
    local?.close();
    await tls?.remove();
  });

  /** Runs the chat's handler with these parts of its connection, and lets it send. */
  async function send(t, parts, env = {}) {
    seen.logins.length = seen.calls.length = seen.local.length = 0;
    const free = createServer();
    const port = await listen(free);
    free.close();
    await once(free, "close");
    const connection = { endpoint: `https://localhost:${loginPort}`, tenantId: "a-tenant", clientId: "an-app", ...parts };
    const child = spawn(join(root, "target/debug/handler"), [], {
      env: {
        FUNCTIONS_CUSTOMHANDLER_PORT: String(port),
        AZURE_FUNCTIONS_ENVIRONMENT: "Development",
        AZURE_AUTHORITY_HOST: `https://localhost:${loginPort}`,
        SSL_CERT_FILE: tls.path,
        ...Object.fromEntries(Object.entries(connection).map(([part, value]) => [`${CONNECTION}__${part}`, value])),
        ...env,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    const ended = once(child, "close");
    t.after(() => (child.kill("SIGKILL"), ended));
    const url = `http://127.0.0.1:${port}`;
    const deadline = Date.now() + 10_000;
    while (!(await fetch(url).catch(() => null))) {
      assert.ok(child.exitCode === null && Date.now() < deadline, `the handler did not start: ${errors}`);
    }
    const headers = {
      "ce-hub": "hub", "ce-type": "azure.webpubsub.user.message", "ce-eventName": "typing", "ce-namespace": "/",
      "ce-connectionId": "c1", "ce-socketId": "s1", "ce-userId": "ada", "ce-id": "1", "content-type": "text/plain",
    };
    const answer = await fetch(`${url}/api/socketio`, { method: "POST", headers, body: '42["typing","lobby",true]' });
    assert.equal(answer.status, 200);
    return errors;
  }

  /** The one call that was made, with the token, over HTTP/2. */
  function called(errors) {
    assert.equal(errors.match(/^ERROR.*/m), null);
    assert.equal(seen.calls.length, 1, errors);
    const [{ url, http, authorization, text }] = seen.calls;
    assert.match(url, /^\/api\/hubs\/hub\/groups\//);
    assert.deepEqual({ http, authorization, text }, {
      http: "2.0", authorization: `Bearer ${TOKEN}`, text: '42["typing","lobby","ada",true]',
    });
    assert.equal(seen.logins.length, 1);
    const [{ client_id, grant_type, scope, ...proof }] = seen.logins;
    assert.equal(client_id, "an-app");
    assert.equal(grant_type, "client_credentials");
    assert.match(scope, /^https:\/\/webpubsub\.azure\.com\/\.default/);
    return proof;
  }

  test("an application's secret", async (t) => {
    const proof = called(await send(t, { clientSecret: "a-secret" }));
    assert.equal(proof.client_secret, "a-secret");
  });

  test("a workload's token file", async (t) => {
    const tokenFilePath = `${tls.path}.token`;
    await writeFile(tokenFilePath, "token-of-the-cluster");
    const proof = called(await send(t, { credential: "workloadidentity", tokenFilePath }));
    assert.equal(proof.client_assertion, "token-of-the-cluster");
  });

  test("a managed identity in the place of a secret", async (t) => {
    const identity = { IDENTITY_ENDPOINT: `http://127.0.0.1:${localPort}/identity`, IDENTITY_HEADER: "a-header" };
    const parts = { credential: "managedidentityasfederatedidentity", azureCloud: "public", managedIdentityClientId: "an-id" };
    const proof = called(await send(t, parts, identity));
    assert.equal(proof.client_assertion, "token-of-the-identity");
    const [{ query, headers }] = seen.local;
    assert.equal(query.resource, "api://AzureADTokenExchange");
    assert.equal(query.client_id, "an-id");
    assert.equal(headers["x-identity-header"], "a-header");
  });

  test("a pipeline's service connection", async (t) => {
    const parts = { credential: "azurepipelines", serviceConnectionId: "a-connection", systemAccessToken: "a-system-token" };
    const proof = called(await send(t, parts, { SYSTEM_OIDCREQUESTURI: `http://127.0.0.1:${localPort}/oidc` }));
    assert.equal(proof.client_assertion, "token-of-the-pipeline");
    const [{ query, headers }] = seen.local;
    assert.equal(query.serviceConnectionId, "a-connection");
    assert.equal(headers.authorization, "Bearer a-system-token");
  });
});
