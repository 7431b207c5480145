// The smoke test that the release workflow runs on each platform, with the program that there is here.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

import { root } from "../clients/sio.mjs";
import { program } from "./program.mjs";

const timeout = 60_000;
const { version } = JSON.parse(await readFile(`${root}npm/cli/package.json`, "utf8"));
const smoke = (...args) => promisify(execFile)(process.execPath, [`${root}tests/shipping/smoke.mjs`, ...args]);

test("the program runs", { timeout }, async () => {
  assert.match((await smoke(program, version)).stdout, / runs$/m);
});

test("another version, and another program, do not pass", { timeout }, async () => {
  await assert.rejects(smoke(program, "0.0.0"));
  await assert.rejects(smoke(process.execPath, version));
});
