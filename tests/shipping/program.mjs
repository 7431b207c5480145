// The program that is shipped, as far as it can be built here: on Linux the static one that tests/static.sh makes.

import { existsSync } from "node:fs";

import { root } from "../clients/sio.mjs";

export const program = {
  linux: `${root}target/static/sio`,
  win32: `${root}target/debug/sio.exe`,
}[process.platform] ?? `${root}target/debug/sio`;

if (!existsSync(program)) throw new Error(`there is no ${program}; on Linux run tests/static.sh, elsewhere cargo build`);
