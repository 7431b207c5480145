// Projects that `sio new` makes, built with what this repository has compiled.

import { spawn } from "node:child_process";
import { once as emitted } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "./sio.mjs";

/**
 * A folder in which cargo finds what this repository has compiled: the same versions, profiles and directory for what
 * is built on the way. Only what depends on a project's place is compiled for it.
 */
export async function folder(t) {
  const directory = await mkdtemp(join(tmpdir(), "sio-new-"));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, ".cargo"));
  await writeFile(join(directory, ".cargo/config.toml"), `
[build]
build-dir = ${JSON.stringify(join(root, "target"))}
target-dir = ${JSON.stringify(join(directory, "target"))}
[net]
offline = true
[profile.dev]
debug = "line-tables-only"
[profile.dev.package."*"]
debug = false
`);
  return directory;
}

/** Runs cargo to its end. */
export async function cargo(args, cwd) {
  const child = spawn("cargo", args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const [code] = await emitted(child, "close");
  return { code, said };
}
