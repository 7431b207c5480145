// A script root around a handler of examples/, as `sio stage` makes one for a project.

import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { root } from "./sio.mjs";

/** Puts the example's binary, its function.json files, host.json and `files` (path → text) into `directory`. */
export async function stage(example, directory, files = {}) {
  const program = `${root}target/debug/examples/${example}`;
  const { stdout } = await promisify(execFile)(program, ["manifest"]);
  const customHandler = { description: { defaultExecutablePath: "handler" }, enableProxyingHttpRequest: true };
  const all = { ...JSON.parse(stdout).files, "host.json": JSON.stringify({ version: "2.0", customHandler }), ...files };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  await copyFile(program, join(directory, "handler"));
}
