// The chat in Microsoft's JavaScript programming model. Its host and worker cannot be installed from a registry, so what
// is compared is its side of the wire: bindings, requests, actions and answers, with what the original host and extension
// were recorded with.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { test } from "node:test";

import { root } from "../clients/sio.mjs";
import { examples } from "./kit.mjs";

const folder = `${examples}/functions-javascript`;
const source = `${folder}/src/functions/chat.js`;
const recorded = (name) => JSON.parse(readFileSync(`${root}crates/host/tests/recordings/cases/${name}.json`, "utf8"));

/** What the app registers, with a stand-in for `@azure/functions` that keeps what it is given. */
function registered() {
  const functions = new Map();
  const generic = (binding) => ({ ...binding });
  const add = (name, options) => functions.set(name, options);
  const standIn = {
    app: { http: (name, options) => add(name, { ...options, trigger: { type: "httpTrigger" } }), generic: add },
    input: { generic },
    output: { generic: (binding) => ({ direction: "out", ...binding }) },
    trigger: { generic: (binding) => ({ direction: "in", ...binding }) },
  };
  const load = Module._load;
  Module._load = (name, ...rest) => (name === "@azure/functions" ? standIn : load(name, ...rest));
  try {
    const require = createRequire(source);
    delete require.cache[source];
    require(source);
  } finally {
    Module._load = load;
  }
  return functions;
}

/** Invokes a function as the worker does, and returns its result and outputs. */
async function invoke(options, request, metadata = {}) {
  const outputs = new Map();
  const context = {
    log() {},
    triggerMetadata: metadata,
    extraInputs: { get: (binding) => ({ binding }) },
    extraOutputs: { set: (binding, value) => outputs.set(binding.type, value) },
  };
  return { result: await options.handler(request, context), action: outputs.get("socketio") };
}

/** What the original host passed on in a case: the trigger's request, which is JSON inside of JSON, and its metadata. */
function passed(name) {
  const { json } = recorded("x-hooks").cases.find((one) => one.name === name).seen[0];
  const metadata = { userId: json.Metadata.UserId && JSON.parse(json.Metadata.UserId) };
  return { request: JSON.parse(JSON.parse(json.Data.socketEvent)), metadata };
}

const keys = (value) => Object.keys(value).sort();

test("the sources parse", () => {
  execFileSync(process.execPath, ["--check", source]);
  for (const file of ["package.json", "host.json", "local.settings.json.example"]) JSON.parse(readFileSync(`${folder}/${file}`, "utf8"));
});

test("its bindings are those that the original extension was recorded with", () => {
  const of = (name) => Object.values(recorded(name).functions).flatMap((definition) => definition.bindings);
  const known = new Map();
  for (const binding of [...of("x-hooks"), ...of("x-negotiate")]) {
    known.set(binding.type, new Set([...(known.get(binding.type) ?? []), ...Object.keys(binding)]));
  }
  let checked = 0;
  for (const [name, options] of registered()) {
    const own = [options.trigger, ...(options.extraInputs ?? []), ...(options.extraOutputs ?? [])];
    for (const binding of own.filter(({ type }) => type.toLowerCase().startsWith("socketio"))) {
      checked += 1;
      assert.ok(known.has(binding.type), `${name}: no recording has the binding ${binding.type}`);
      for (const key of Object.keys(binding)) assert.ok(known.get(binding.type).has(key), `${name}: ${binding.type} has ${key}`);
    }
  }
  assert.ok(checked >= 9, `${checked} bindings are not all`);
});

test("it takes the recorded requests", async () => {
  const functions = registered();
  const connect = passed("connect").request;
  assert.deepEqual((await invoke(functions.get("on_connect"), connect)).result, { statusCode: 200 });
  connect.claims.sub = ["banned"];
  assert.deepEqual((await invoke(functions.get("on_connect"), connect)).result, { statusCode: 403 });
  const gone = passed("disconnected").request;
  assert.equal((await invoke(functions.get("on_disconnected"), gone)).result, undefined);

  // An event of the recordings, with the arguments of this app.
  const { request, metadata } = passed("event user");
  assert.ok(Array.isArray(request.parameters), "the recorded request has its arguments as a list");
  const joined = await invoke(functions.get("on_join"), { ...request, parameters: ["lobby"] });
  assert.deepEqual(joined.action, { actionName: "addSocketToRoom", socketId: "sock1", room: "lobby" });
  const sent = await invoke(functions.get("on_message"), { ...request, parameters: ["lobby", "hello"] }, metadata);
  assert.deepEqual(sent.action.parameters, [{ from: "ada", text: "hello" }]);
});

test("its actions and answers are recorded ones", async () => {
  const functions = registered();
  const { request } = passed("event user");
  const { answers } = recorded("x-actions");
  const action = (name) => answers[name].body.Outputs.actions;
  const joined = await invoke(functions.get("on_join"), { ...request, parameters: ["lobby"] });
  assert.deepEqual(keys(joined.action), keys(action("o_add")));
  const sent = await invoke(functions.get("on_message"), { ...request, parameters: ["lobby", "hello"] });
  const expected = action("o_rooms_except");
  assert.deepEqual([keys(sent.action), sent.action.actionName], [keys(expected), expected.actionName]);
  for (const { result } of [joined, sent]) {
    assert.deepEqual(keys(result), keys(recorded("x-returns").answers.e_ack.body.ReturnValue));
    assert.ok(Array.isArray(result.ack));
  }
});
