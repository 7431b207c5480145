// The page of rooms-and-acks is TypeScript, checked against the contract that the app prints. What is served is what the
// compiler makes of it. `UPDATE=1 node --test tests/e2e/rooms_types.test.mjs` compiles it anew.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../samples/rooms-and-acks/", import.meta.url));
const packages = fileURLToPath(new URL("../clients/node_modules/", import.meta.url));
const served = join(project, "function-app/public/js");

/**
 * Compiles the page's source, with files added to it, as the project's own configuration says. Resolves to what the
 * compiler says and the folder that it wrote to; the client library's types are the pinned ones.
 */
function compile(t, added = {}) {
  const folder = mkdtempSync(join(tmpdir(), "rooms-types-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(join(project, "web"), join(folder, "web"), { recursive: true });
  for (const [name, text] of Object.entries(added)) writeFileSync(join(folder, "web", name), text);
  const configuration = {
    extends: "./tsconfig.json",
    compilerOptions: { outDir: "../out", paths: { "socket.io-client": [join(packages, "socket.io-client")] } },
  };
  writeFileSync(join(folder, "web/here.json"), JSON.stringify(configuration));
  const compiler = join(packages, "typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "--project", join(folder, "web/here.json"), "--pretty", "false"], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, said: stdout, out: join(folder, "out") };
}

const files = (folder) => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

test("the page fits the contract, and what is served was compiled from it", { timeout: 90_000 }, (t) => {
  const { status, said, out } = compile(t);
  assert.equal(status, 0, said);
  const compiled = files(out);
  assert.ok("main.js" in compiled);
  if (process.env.UPDATE) {
    rmSync(served, { recursive: true, force: true });
    cpSync(out, served, { recursive: true });
  }
  assert.deepEqual(files(served), compiled, "function-app/public/js is out of date; UPDATE=1 compiles it anew");
});

test("what breaks the contract does not compile", { timeout: 90_000 }, (t) => {
  const head = `import type { AppSocket, KeeperAppSocket, ClientToServer } from "./contract.js";
import { caller } from "./call.js";
import { called } from "./journal.js";
export function planted(house: AppSocket, desk: KeeperAppSocket, image: ArrayBuffer) {
  const call = caller<ClientToServer>(house, called);
  `;
  const mistakes = {
    "a room that there is not": [`house.emit("enter", "Cellar", () => {});`, /"Cellar".*not assignable to.*Room/],
    "an event that there is not": [`house.emit("dance", "Garden");`, /"dance"/],
    "a missing callback": [`house.emit("enter", "Garden");`, /Expected 3 arguments/],
    "an argument too many": [`house.emit("wave", "Garden", 7);`, /Expected 2 arguments/],
    "a callback that forgets the refusal": [
      `house.emit("show", "Garden", "", image, (format: string, size: number) => console.log(format, size));`,
      /not assignable/,
    ],
    "an answer taken for granted": [
      `void call("show", "Garden", "", image).then(([format, size]) => console.log(format.length, size));`,
      /no element at index '1'|Property 'length' does not exist/,
    ],
    "an event of another namespace": [`desk.emit("enter", "Garden", () => {});`, /"enter"/],
    "a listener for what nobody sends": [`house.on("present", () => {});`, /"present"/],
    "a listener with another argument": [`house.on("waved", (room: number) => console.log(room));`, /not assignable/],
  };
  const right = `house.emit("enter", "Garden", () => {});
  house.emit("show", "Garden", "", image, (...answer) => console.log(answer.length === 2 ? answer[1] : answer[0].reason));
  void desk; void call;\n}\n`;
  const added = { "right.ts": head + right };
  const names = Object.keys(mistakes);
  for (const [index, name] of names.entries()) added[`mistake${index}.ts`] = `${head}${mistakes[name][0]}\n  void desk; void call; void image;\n}\n`;

  const { status, said } = compile(t, added);
  assert.notEqual(status, 0);
  for (const [index, name] of names.entries()) {
    // What belongs to an error is indented below it.
    const errors = said.split(/\n(?=\S)/).filter((error) => error.includes(`mistake${index}.ts`));
    assert.notEqual(errors.length, 0, `${name} compiles`);
    assert.match(errors.join("\n"), mistakes[name][1], name);
  }
  const others = said.split(/\n(?=\S)/).filter((error) => error.trim() && !error.includes("mistake"));
  assert.deepEqual(others, [], "nothing else is wrong");
});

test("the project's own compiler is the one that these tests use", () => {
  const read = (path) => JSON.parse(readFileSync(path, "utf8"));
  const own = read(join(project, "package.json")).devDependencies;
  const locked = read(join(project, "package-lock.json")).packages;
  for (const name of ["typescript", "socket.io-client"]) {
    const { version } = read(join(packages, name, "package.json"));
    assert.equal(own[name], version, name);
    assert.equal(locked[`node_modules/${name}`].version, version, name);
  }
});
