// What the official-client tests need besides the client: an emulator, a webhook that plays a script, tokens, REST calls.

import { createHmac } from "node:crypto";
import { createServer } from "node:http";

import { io } from "../clients/packages.mjs";
import { sio } from "../clients/sio.mjs";

export const KEY = "key-of-the-official-client-tests-0123456789";

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token signed with `key`. */
export function token(claims, key = KEY) {
  const head = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url(claims)}`;
  return `${head}.${createHmac("sha256", key).update(head).digest("base64url")}`;
}

const seconds = () => Math.floor(Date.now() / 1000);

/**
 * A webhook that records what it is told and answers as `on` says: `on[eventName]` is a function of the record that
 * returns (a promise of) `{status, body, headers}` or nothing. `allowed` is its answer to validations; null: none.
 */
export async function webhook() {
  const events = [];
  const waiting = new Set();
  const hook = { on: {}, events, validations: 0, allowed: "*" };
  const server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") {
      hook.validations += 1;
      response.writeHead(200, hook.allowed === null ? {} : { "WebHook-Allowed-Origin": hook.allowed }).end();
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const event = {
      headers: request.headers,
      raw: request.rawHeaders,
      name: Buffer.from(request.headers["ce-eventname"], "latin1").toString("utf8"),
      type: request.headers["ce-type"],
      socket: request.headers["ce-socketid"],
      connection: request.headers["ce-connectionid"],
      namespace: request.headers["ce-namespace"],
      body: Buffer.concat(chunks).toString("utf8"),
    };
    events.push(event);
    for (const check of waiting) check();
    const answer = (await hook.on[event.name]?.(event)) ?? {};
    response.writeHead(answer.status ?? 200, answer.headers ?? {}).end(answer.body ?? "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  hook.url = `http://127.0.0.1:${server.address().port}/hook`;
  hook.close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  /** The first event that `fits`, now or later. */
  hook.event = (fits, timeout = 10_000) =>
    new Promise((resolve, reject) => {
      const match = typeof fits === "string" ? (event) => event.name === fits : fits;
      const late = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(`no such event within ${timeout} ms; there were ${events.map((e) => e.name)}`));
      }, timeout);
      const check = () => {
        const found = events.find(match);
        if (found) {
          clearTimeout(late);
          waiting.delete(check);
          resolve(found);
        }
      };
      waiting.add(check);
      check();
    });
  return hook;
}

/** An emulator with a webhook, and everything to talk to it. `close()` ends clients, emulator and webhook. */
export async function world(args = []) {
  const hook = await webhook();
  const upstream = args.includes("--upstream") ? [] : ["--upstream", hook.url];
  const emulator = await sio(["emulator", "--port", "0", "--key", KEY, ...upstream, ...args]);
  const endpoint = emulator.emulator;
  const clients = [];
  const audience = `${endpoint}/clients/socketio/hubs/hub`;

  const clientToken = (claims = {}, key = KEY) =>
    token({ aud: audience, iat: seconds(), exp: seconds() + 3600, ...claims }, key);

  return {
    hook,
    emulator,
    endpoint,
    audience,
    clientToken,
    /** A client that has not connected yet; `token: null` sends none. */
    client({ namespace = "", token = clientToken(), ...options } = {}) {
      const client = io(endpoint + namespace, {
        path: "/clients/socketio/hubs/hub",
        query: token === null ? {} : { access_token: token },
        forceNew: true,
        reconnectionDelay: 50,
        reconnectionDelayMax: 100,
        ...options,
      });
      clients.push(client);
      return client;
    },
    /** A REST call; the token names the URL with its query, as the .NET SDK does. */
    async rest(method, path, { body, type = "text/plain", query = "", headers = {} } = {}) {
      const url = `${endpoint}/api/hubs/hub${path}?api-version=2024-12-01${query}`;
      const bearer = token({ aud: url, exp: seconds() + 300 });
      return fetch(url, {
        method,
        body,
        headers: { authorization: `Bearer ${bearer}`, ...(body === undefined ? {} : { "content-type": type }), ...headers },
      });
    },
    async close() {
      for (const client of clients) {
        // Other namespaces of the same manager would bring it back.
        client.io.reconnection(false);
        client.disconnect();
        client.io.engine?.close();
      }
      await emulator.stop();
      await hook.close();
    },
  };
}

/** The group of a namespace, a room or a socket. */
export function group(namespace, room = "") {
  return `0~${Buffer.from(namespace).toString("base64url")}~${Buffer.from(room).toString("base64url")}`;
}
