// One evening's work with a new project, as docs/loop.md tells it: the first message, a bug found by its trace, fixed
// with the clients still connected, replayed, and turned into a test. `PICTURES=1` draws the pictures of that page.

import assert from "node:assert/strict";
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { launchBrowser } from "../clients/browser.mjs";
import { cargo, folder } from "../clients/fresh.mjs";
import { io } from "../clients/packages.mjs";
import { once, root, run, sio } from "../clients/sio.mjs";

const pictures = process.env.PICTURES ? join(root, "docs/loop") : null;

async function picture(page, name) {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** The line that is changed, and what it becomes: first with a bug, then without. */
const PLAIN = 'socket.broadcast().emit("said", (user, text));';
const BROKEN = `let (first, rest) = text.split_at(1);
    socket.broadcast().emit("said", (user, first.to_uppercase() + rest));`;
const MENDED = `let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    socket.broadcast().emit("said", (user, first + letters.as_str()));`;

test("an evening: a first message, a bug, its trace, its fix, its test", { timeout: 1_200_000 }, async (t) => {
  const directory = await folder(t);
  const made = await run(["new", "my-chat", "--dependency", `path=${root}`], { cwd: directory });
  assert.equal(made.code, 0, made.said);
  const project = join(directory, "my-chat");
  await cp(join(root, "Cargo.lock"), join(project, "Cargo.lock"));
  const source = join(project, "src/lib.rs");
  const recordings = join(directory, "recordings");

  const client = join(root, "tests/clients/node_modules/socket.io-client/dist/socket.io.min.js");
  const stack = await sio(
    ["dev", "--project", project, "--port", "0", "--emulator-port", "0", "--record", recordings, "--client-js", client],
    { timeout: 600_000 },
  );
  t.after(() => stack.stop());
  const pages = [];
  /** Changes the source, and waits for the new handler and for each page that reloads itself because of it. */
  const change = async (from, to) => {
    for (const { page } of pages) await page.evaluate(() => (document.title = "the page of before"));
    const times = stack.stderr().split("with the new handler").length;
    const text = await readFile(source, "utf8");
    assert.ok(text.includes(from), from);
    await writeFile(source, text.replace(from, to));
    await stack.said("with the new handler", { times, timeout: 300_000 });
    for (const { page, name } of pages) {
      await page.waitForFunction(() => document.title !== "the page of before");
      await page.getByText(`Connected as ${name}.`).waitFor();
    }
  };

  const browser = await launchBrowser();
  t.after(() => browser.close());
  const open = async (name) => {
    const page = await browser.newPage({ viewport: { width: 720, height: 420 } });
    await page.goto(`${stack.app}/api/index`);
    assert.ok(!(await page.locator("#say").isVisible()), "messages come after the name");
    await page.locator("#name").fill(name);
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByText(`Connected as ${name}.`).waitFor();
    assert.ok(!(await page.locator("#enter").isVisible()), "the name is chosen once");
    pages.push({ page, name });
    return page;
  };
  const say = async (page, text) => {
    await page.locator("#text").fill(text);
    await page.getByRole("button", { name: "Send" }).click();
  };

  // The first message.
  const [ada, bob] = [await open("Ada"), await open("Bob")];
  await say(ada, "hello");
  await bob.getByText("Ada: hello").waitFor();
  await ada.getByText("You: hello").waitFor();
  await picture(bob, "first");
  await stack.said(/Ada +say  acked  [\d.]+ ms  → said .*\(1 client\)/);

  // A client that is not a page is not reloaded either.
  const { endpoint, path, token } = await (await fetch(`${stack.app}/api/negotiate?name=Cleo`)).json();
  const cleo = io(endpoint, { path, query: { access_token: token }, reconnection: false });
  t.after(() => cleo.disconnect());
  await once(cleo, "connect");
  const ofCleo = cleo.id;

  // A feature with a bug: names of sentences begin with a capital letter, unless the first letter has two bytes.
  await change(PLAIN, BROKEN);
  await say(ada, "über den Wolken");
  await stack.said(/Ada +say  FAILED/);
  await stack.said(/✗ panicked at \S*src\/lib\.rs:\d+:\d+: .*char boundary/);
  const inspector = await browser.newPage({ viewport: { width: 1200, height: 760 } });
  await inspector.goto(stack.emulator);
  await inspector.locator("#filter-outcome").selectOption("wrong");
  const row = inspector.locator("#traces li", { hasText: "panicked" }).first();
  await row.getByText("an ack was wanted and none was sent").waitFor();
  await row.locator("summary").click();
  await row.locator(".step[data-kind=log]", { hasText: /src\/lib\.rs:\d+/ }).waitFor();
  await row.locator(".step[data-kind=answered]").waitFor();
  await picture(inspector, "trace");

  // Fixed: the pages have reloaded and joined again by themselves, with what was said; other clients stay connected.
  await ada.locator("#text").fill("half a sent");
  await change(BROKEN, MENDED);
  assert.equal(await ada.locator("#text").inputValue(), "half a sent");
  const heard = once(cleo, "said");
  await say(ada, "über den Wolken");
  await bob.getByText("Ada: Über den Wolken").waitFor();
  assert.equal(await bob.getByText("Ada: hello").count(), 1, "what was said before the reload");
  assert.deepEqual(await heard, ["Ada", "Über den Wolken"]);
  assert.equal(cleo.id, ofCleo, "the same connection");
  assert.equal(stack.stderr().match(/Ada +connect\b/g).length, 3, "once by hand, and once after each reload");
  await ada.setViewportSize({ width: 390, height: 700 });
  await inspector.setViewportSize({ width: 390, height: 760 });
  await inspector.locator("#filter-outcome").selectOption("");
  await picture(inspector, "phone");
  assert.equal(await stack.stop(), 0, stack.stderr());

  // Replayed, and turned into a test.
  const all = await Promise.all((await readdir(recordings)).sort().map(async (name) => {
    const file = join(recordings, name);
    return { ...JSON.parse(await readFile(file, "utf8")), file };
  }));
  const [failed, mended] = all.filter((one) => one.event?.arguments?.[0] === "über den Wolken");
  assert.equal(failed.effects.outcome, "failed");
  const differs = await run(["replay", "--project", project, failed.file]);
  assert.equal(differs.code, 1, differs.data + differs.said);
  assert.match(differs.data, /^ +sent: \[\] → \[\{.*Über den Wolken/m, differs.said);
  const same = await run(["replay", "--project", project, mended.file]);
  assert.equal(same.code, 0, same.data + same.said);
  const written = await run(["replay", "--project", project, "--as-test", mended.file]);
  assert.equal(written.code, 0, written.said);
  await writeFile(join(project, "tests/recorded.rs"), written.data);
  const tested = await cargo(["test", "--test", "recorded"], project);
  assert.equal(tested.code, 0, tested.said);
  assert.match(tested.said, /say_is_answered_as_recorded \.\.\. ok/);
});
