// The examples of the wire format in docs/other-languages.md are recordings: what the emulator sent to the Node app, what
// that answered, and what it sent to the emulator. `UPDATE=1 node --test tests/other-languages/wire.test.mjs` writes them.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { createApp } from "../../examples/other-languages/node/app.mjs";
import { Service } from "../../examples/other-languages/node/service.mjs";
import { once, root, sio } from "../clients/sio.mjs";
import { client, recorder } from "./kit.mjs";

const timeout = 60_000;
const page = `${root}docs/other-languages.md`;
const recordings = new Map();

/** What differs from run to run, as words. Each value keeps its word through all recordings. */
const words = new Map();
const named = (value, word) => (words.set(value, word), word);

function plain(text) {
  let found = text;
  for (const [value, word] of words) found = found.replaceAll(value, word);
  return found
    .replace(/http:\/\/localhost:\d+/g, "http://localhost:8080")
    .replace(/sha256=[0-9a-f]{64}/g, "sha256=0f3c…")
    .replace(/Bearer [\w.-]+/g, "Bearer eyJ…")
    .replace(/"token":"[\w.-]+"/g, '"token":"eyJ…"')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-11-28T12:00:00Z");
}

/** An HTTP message for people: the lines that a receiver goes by, then the body. */
const message = (first, headers, body) => [first, ...headers, ...(body === "" ? [] : ["", body])].join("\n");

const MEANINGFUL = /^(ce-|webhook-|content-type$|authorization$)/i;

function exchange({ method, url, raw, body, answer, text }) {
  const headers = raw.filter(([name]) => MEANINGFUL.test(name)).map(([name, value]) => `${name}: ${Buffer.from(value, "latin1")}`);
  const answered = [...answer.headers].filter(([name]) => MEANINGFUL.test(name) && text + method !== "POST");
  const back = message(`HTTP/1.1 ${answer.status}`, answered.map(([name, value]) => `${name}: ${value}`), text);
  return plain(`${message(`${method} ${url} HTTP/1.1`, headers, body)}\n\n${back}`);
}

const calls = [];
const fetched = globalThis.fetch;

before(async () => {
  const between = await recorder();
  const emulator = await sio(["emulator", "--port", "0", "--upstream", `${between.url}/api/socketio`]);
  const app = createApp();
  app.service = new Service(emulator.connectionString, "hub");
  await new Promise((listening) => app.listen(0, "127.0.0.1", listening));
  between.target = `http://127.0.0.1:${app.address().port}`;
  // The app's calls of the service; it runs in this process.
  globalThis.fetch = async (url, options) => {
    const answer = await fetched(url, options);
    if (String(url).startsWith(emulator.emulator)) calls.push({ url: String(url), options, status: answer.status });
    return answer;
  };

  const negotiated = await (await fetched(`${between.target}/api/negotiate?name=ada`)).text();
  const ada = await client(between.target, "ada");
  await once(ada, "connect");
  await ada.timeout(10_000).emitWithAck("join", "lobby");
  await ada.timeout(10_000).emitWithAck("message", "lobby", "hello");
  ada.emit("unknown", { a: 1 });
  const banned = await client(between.target, "banned");
  await once(banned, "connect_error");
  await ada.timeout(10_000).emitWithAck("join", "lobby");
  const of = (name, user = "ada") => (one) => one.headers["ce-eventname"] === name && one.headers["ce-userid"] === user;
  const first = (fits) => between.exchanges.find(fits);
  const gone = new Promise((resolve) => {
    const look = () => (first(of("disconnected")) ? resolve() : setImmediate(look));
    ada.disconnect();
    look();
  });
  await gone;

  const { headers } = first(of("connect"));
  named(headers["ce-connectionid"], "Nb3x…");
  named(headers["ce-socketid"], "tQ9k…");
  named(Buffer.from(headers["ce-socketid"]).toString("base64url"), "dFE5a…");
  const other = first(of("connect", "banned")).headers;
  named(other["ce-connectionid"], "b7Lm…");
  named(other["ce-socketid"], "w2Zp…");
  words.set(new URL(between.url).host, "localhost:7071");

  recordings.set("negotiate", plain(negotiated));
  recordings.set("validation", exchange(first((one) => one.method === "OPTIONS")));
  for (const name of ["connected", "join", "message", "unknown", "disconnected"]) recordings.set(name, exchange(first(of(name))));
  // A client's own headers are its own business.
  const connect = (one) => ({ ...one, body: one.body.replace(/"headers":\{.*?\]\}/, '"headers":{"User-Agent":["…"]}') });
  const dated = (text) => text.replace(/"(iat|exp|nbf)":\["\d+"\]/g, (_, name) => `"${name}":["179…"]`);
  recordings.set("connect", dated(exchange(connect(first(of("connect"))))));
  recordings.set("refused", /(HTTP\/1\.1 \d+)/.exec(exchange(first(of("connect", "banned"))).split("\n\n").at(-1))[1]);
  for (const [name, path] of [["rest-join", ":addToGroups"], ["rest-send", "/:send"]]) {
    const { url, options, status } = calls.find((call) => call.url.includes(path));
    const { pathname, search } = new URL(url);
    const lines = Object.entries(options.headers).map(([key, value]) => `${key}: ${value}`);
    recordings.set(name, plain(`${message(`POST ${pathname}${search} HTTP/1.1`, lines, options.body)}\n\nHTTP/1.1 ${status}`));
  }

  await emulator.stop();
  app.closeAllConnections();
  app.close();
  await between.stop();
});

after(() => (globalThis.fetch = fetched));

test("the page has the recorded examples, each of them", { timeout }, () => {
  const text = readFileSync(page, "utf8");
  const pattern = /(<!-- recorded: ([\w-]+) -->\n```\w*\n)([\s\S]*?)(\n```)/g;
  const shown = [...text.matchAll(pattern)].map(([, , name]) => name);
  assert.deepEqual(shown.toSorted(), [...recordings.keys()].toSorted());
  const recorded = text.replace(pattern, (_, before, name, __, after) => before + recordings.get(name) + after);
  if (process.env.UPDATE) writeFileSync(page, recorded);
  else assert.equal(text, recorded, "UPDATE=1 writes what was recorded");
});
