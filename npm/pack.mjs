// Packs the npm packages: the one that people install, and one for each program that is given.
//
//   node npm/pack.mjs OUT [PLATFORM=PROGRAM]...     such as linux-x64=target/x86_64-unknown-linux-musl/release/sio
//
// Prints the path of each archive. `npm pack` does the packing, so what is in them is what npm would publish.

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = JSON.parse(readFileSync(join(root, "npm/cli/package.json"), "utf8"));

/** Packs a folder and prints where the archive is. */
function pack(folder, out) {
  const windows = process.platform === "win32";
  const json = execFileSync(windows ? "npm.cmd" : "npm", ["pack", folder, "--json", "--pack-destination", out], {
    encoding: "utf8",
    shell: windows,
  });
  const [{ filename }] = JSON.parse(json);
  console.log(join(out, filename));
}

/** The manifest of a platform's package, and the name of the program in it. */
function platform(name) {
  const full = Object.keys(main.optionalDependencies).find((dependency) => dependency.endsWith(`/sio-${name}`));
  if (full === undefined) throw new Error(`${main.name} does not depend on a package for ${name}`);
  const [os, cpu] = name.split("-");
  const program = os === "win32" ? "sio.exe" : "sio";
  const { license, repository } = main;
  const description = `The program of ${main.name} for ${name}`;
  const manifest = { name: full, version: main.version, description, license, repository, os: [os], cpu: [cpu] };
  // Yarn would keep it in an archive, from which nothing can be started.
  return { program, manifest: { ...manifest, files: [program], preferUnplugged: true } };
}

function packPlatform(name, binary, out) {
  const folder = mkdtempSync(join(tmpdir(), "sio-npm-"));
  try {
    const { program, manifest } = platform(name);
    writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync(join(folder, "README.md"), `# ${manifest.name}\n\n${manifest.description}; install that one.\n`);
    copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
    copyFileSync(binary, join(folder, program));
    chmodSync(join(folder, program), 0o755);
    pack(folder, out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [where, ...programs] = process.argv.slice(2);
if (where === undefined || programs.some((text) => !text.includes("="))) {
  console.error("usage: node npm/pack.mjs OUT [PLATFORM=PROGRAM]...");
  process.exit(2);
}
const out = resolve(where);
mkdirSync(out, { recursive: true });
for (const text of programs) {
  const [name, binary] = [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)];
  packPlatform(name, binary, out);
}
pack(join(root, "npm/cli"), out);
