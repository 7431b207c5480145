// Counts the cases that docs/contracts/README.md, "Numbers in names of tests", explains: which ran, which passed, and why
// the others did not.
//
//   node tests/emulator/cases.mjs            runs the suites that bear cases, then counts
//   node tests/emulator/cases.mjs --dry      only tells which tests bear which case
//
// A test bears the cases whose ids begin its name, in lower case: `c01_c02_leaving…`, "k13 the log…". Cases that no test
// bears stand in cases.json with their reason; a reason for a case that a test bears is an error, and so is an id twice.

import { spawn } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** How many cases each letter has: Engine.IO, tokens, namespaces, events, binary, disconnect, webhook, REST, … */
const chapters = { e: 24, k: 27, n: 27, v: 30, b: 10, c: 24, w: 34, q: 24, o: 31, g: 18, f: 12, l: 10 };
const ids = Object.entries(chapters).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, n) => `${letter}${String(n + 1).padStart(2, "0")}`),
);

/** The ids at the beginning of a test's name; `e05_to_e09` are five. */
function borne(name) {
  const found = [];
  const words = name.split(/[_ ]/);
  for (let at = 0; at < words.length; at += 1) {
    const upTo = words[at] === "to" ? words[at + 1] : words[at];
    if (!ids.includes(upTo)) break;
    if (words[at] === "to") found.push(...ids.slice(ids.indexOf(found.at(-1)) + 1, ids.indexOf(upTo)));
    else found.push(upTo);
  }
  return found;
}

/** Runs a command and returns its output; it may fail, as tests do. */
function output(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece) => (text += piece));
    child.once("error", reject);
    child.once("close", () => resolve(text));
  });
}

/** Names of tests with whether they passed; null where they were not run. */
async function results(dry) {
  const found = [];
  if (dry) {
    const folders = [here, `${root}crates/emulator`];
    for (const folder of folders) {
      for (const file of await readdir(folder, { recursive: true })) {
        if (!/\.rs$|\.test\.mjs$/.test(file)) continue;
        const text = await readFile(`${folder}/${file}`, "utf8");
        for (const [, rust, node] of text.matchAll(/fn (\w+)\(|(?:test|describe)\([`"]([^`"]+)/g)) found.push([rust ?? node, null]);
      }
    }
    return found;
  }
  const cargo = ["test", "--no-fail-fast", "-p", "sio-emulator", "--lib", "--tests"];
  const rust = await output("cargo", cargo);
  for (const [, path, verdict] of rust.matchAll(/^test (\S+) \.\.\. (ok|FAILED)$/gm)) {
    found.push([path.split("::").at(-1), verdict === "ok"]);
  }
  const files = (await readdir(here)).filter((file) => file.endsWith(".test.mjs")).map((file) => `tests/emulator/${file}`);
  const node = await output("node", ["--test", "--test-reporter=tap", ...files]);
  for (const [, failed, name] of node.matchAll(/^\s*(not )?ok \d+ - (.*?)(?: # .*)?$/gm)) found.push([name, !failed]);
  return found;
}

// A suite's name stands for its tests.
const dry = process.argv.includes("--dry");
const missing = JSON.parse(await readFile(`${here}cases.json`, "utf8"));
const cases = new Map(ids.map((id) => [id, []]));
for (const [name, passed] of await results(dry)) {
  for (const id of borne(name)) cases.get(id).push({ name, passed });
}

const problems = [];
let passed = 0;
for (const [id, tests] of cases) {
  const failed = tests.filter((test) => test.passed === false);
  if (tests.length === 0 && !missing[id]) problems.push(`${id.toUpperCase()} has no test and no reason`);
  if (tests.length > 0 && missing[id]) problems.push(`${id.toUpperCase()} has a test and a reason: ${tests[0].name}`);
  for (const test of failed) problems.push(`${id.toUpperCase()} failed: ${test.name}`);
  if (tests.length > 0 && failed.length === 0) passed += 1;
}
for (const [id, reason] of Object.entries(missing)) {
  if (!cases.has(id)) problems.push(`${id} is not a case`);
  else console.log(`${id.toUpperCase()} did not run: ${reason}`);
}
for (const problem of problems) console.error(problem);
console.log(`${passed} of ${ids.length} cases ${dry ? "have tests" : "ran and passed"}`);
process.exitCode = problems.length ? 1 : 0;
