// Where the program for this platform is: in a package of its own, which npm installed beside this one.

"use strict";

const { join, dirname } = require("node:path");

const own = require("./package.json");

/** The packages that hold a program, by platform and architecture as Node.js names them. */
const packages = new Map(
  Object.keys(own.optionalDependencies).map((name) => [name.slice(name.indexOf("/sio-") + "/sio-".length), name]),
);

/**
 * The path of the program. Throws an error that a person can act on if the platform is unknown, its package is missing,
 * or its package is of another version. `find` is `require.resolve`.
 */
function program({ platform = process.platform, arch = process.arch, find = require.resolve } = {}) {
  const here = `${platform}-${arch}`;
  const name = packages.get(here);
  if (name === undefined) {
    throw new Error(
      `no program for ${here}: there is one for ${[...packages.keys()].join(", ")}\n` +
        "hint: build it with a Rust toolchain: cargo install --locked socketio-functions-cli",
    );
  }
  let manifest;
  try {
    manifest = find(`${name}/package.json`);
  } catch {
    throw new Error(
      `the package ${name} is missing, which holds the program for ${here}\n` +
        `hint: install it with npm install ${name}@${own.version}; npm leaves it out with --omit=optional, ` +
        "and if node_modules was copied from another platform",
    );
  }
  const { version } = require(manifest);
  if (version !== own.version) {
    throw new Error(
      `the package ${name} has version ${version}, and ${own.name} needs ${own.version}\n` +
        `hint: npm install ${own.name}@${own.version} ${name}@${own.version}`,
    );
  }
  return join(dirname(manifest), platform === "win32" ? "sio.exe" : "sio");
}

module.exports = { program };
