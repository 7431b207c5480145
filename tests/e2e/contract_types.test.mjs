// The declarations of a contract with one of each form that serde knows are TypeScript, and mean what travels: what fits
// compiles under --strict, and each mistake is found.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const contract = fileURLToPath(new URL("../fixtures/contract/contract.d.ts", import.meta.url));
const packages = fileURLToPath(new URL("../clients/node_modules/", import.meta.url));

/** Compiles a page that uses the contract; resolves to what the compiler says. */
function compile(t, page) {
  const folder = mkdtempSync(join(tmpdir(), "contract-types-"));
  t.after(() => rmSync(folder, { recursive: true }));
  copyFileSync(contract, join(folder, "contract.d.ts"));
  writeFileSync(join(folder, "page.ts"), page);
  const configuration = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: "es2022",
      module: "esnext",
      moduleResolution: "bundler",
      skipLibCheck: false,
      types: [],
      lib: ["es2022", "dom"],
      paths: { "socket.io-client": [join(packages, "socket.io-client")] },
    },
    files: ["contract.d.ts", "page.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(configuration));
  const compiler = join(packages, "typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "--project", folder, "--pretty", "false"], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, said: stdout };
}

const head = `import type { AppSocket, Board, Shape } from "./contract.js";
declare const socket: AppSocket;
declare const data: Uint8Array;
const shape: Shape = { kind: "pic", data, thumbs: [null, new ArrayBuffer(3)] };
const board: Board = { boardId: 1, type: "b", createdAt: 2, byUser: "ada", note: null, shapes: [shape], extra: { a: [1] } };
`;

test("what fits the contract compiles under --strict", { timeout: 90_000 }, (t) => {
  const { status, said } = compile(
    t,
    `${head}
    socket.emit("nothing");
    socket.emit("one", "name", () => {});
    socket.emit("several", board, 7, (count: number, shape: Shape | null) => {});
    socket.emit("several", board, "text", () => {});
    socket.emit("pair", 1, 2, (...answer) => {});
    socket.emit("list", [1, 2], (items: number[]) => {});
    socket.emit("raw", data, (data) => {});
    socket.on("drawn", (board, shape) => { if (shape.kind === "roundOne") shape.radius.toFixed(); });
    socket.on("cleared", () => {});
    socket.on("moved", (x: number, y: number) => {});
    `,
  );
  assert.equal(status, 0, said);
});

test("what breaks the contract does not compile", { timeout: 90_000 }, (t) => {
  const mistakes = [
    `socket.emit("nothing", 1);`,
    `socket.emit("one", { name: "x" }, () => {});`,
    `socket.emit("list", 1, 2, () => {});`,
    `socket.emit("pair", [1, 2], () => {});`,
    `socket.emit("raw", "text", () => {});`,
    `const wrong: Shape = { kind: "Picture", data, thumbs: [] };`,
    `const wrong: Board = { ...board, boardId: 1n };`,
    `const wrong: Board = { ...board, board_id: 1 };`,
  ];
  const { status, said } = compile(t, `${head}\n${mistakes.join("\n").replaceAll("const wrong", "{ const wrong").replaceAll(/(\{ const wrong.*)/g, "$1 }")}`);
  assert.notEqual(status, 0);
  const found = new Set([...said.matchAll(/page\.ts\((\d+),/g)].map(([, line]) => Number(line)));
  const first = head.split("\n").length + 1;
  for (const [at, mistake] of mistakes.entries()) assert.ok(found.has(first + at), `not found: ${mistake}\n${said}`);
});
