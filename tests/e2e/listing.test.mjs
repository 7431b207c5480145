// The app of examples/listing.rs, chatted through by people with browsers.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { freePort } from "../chaos/network.mjs";
import { launchBrowser } from "../clients/browser.mjs";
import { root, sio } from "../clients/sio.mjs";
import { stage } from "../clients/stage.mjs";

const client = `${root}tests/clients/node_modules/socket.io-client/dist/socket.io.min.js`;

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Listing</title>
<ul></ul>
<form><input></form>
<script src="/socket.io.min.js"></script>
<script type="module">
  const log = (text) => document.querySelector("ul").append(Object.assign(document.createElement("li"), { textContent: text }));
  const { endpoint, path, token } = await (await fetch("negotiate" + location.search)).json();
  const socket = io(endpoint, { path, query: { access_token: token } });
  socket.on("connect", () => socket.emit("join", "lobby", (ok) => log("joined: " + ok)));
  socket.on("connect_error", (error) => log("refused: " + error.message));
  socket.on("entered", (room, user) => log(user + " entered " + room));
  socket.on("message", (user, text) => log(user + ": " + text));
  document.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    const text = document.querySelector("input").value;
    socket.emit("message", "lobby", text, (ok, why) => log(ok ? "sent: " + text : "not sent: " + why));
  };
</script>
`;

let directory, emulator, host, browser;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "sio-listing-"));
  await stage("listing", directory, { "public/index.html": PAGE });
  const port = await freePort();
  emulator = await sio(["emulator", "--port", "0", "--upstream", `http://localhost:${port}/api/socketio`]);
  const env = { WebPubSubForSocketIOConnectionString: emulator.connectionString };
  host = await sio(["host", directory, "--no-watch", "--port", String(port)], { env });
  browser = await launchBrowser();
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await host?.stop();
  await emulator?.stop();
  if (directory) await rm(directory, { recursive: true });
}, { timeout: 60_000 });

/** A page of somebody with this name: `says` writes, `shows` waits for a line. */
async function open(name) {
  const page = await browser.newPage();
  await page.route("**/socket.io.min.js", (route) => route.fulfill({ path: client }));
  await page.goto(`${host.app}/api/index?name=${name}`);
  return {
    lines: () => page.locator("li").allTextContents(),
    shows: (text) => page.locator("li", { hasText: new RegExp(`^${text}$`) }).waitFor(),
    async says(text) {
      await page.locator("input").fill(text);
      await page.locator("input").press("Enter");
    },
  };
}

test("two people chat in a room, and an empty message is refused", { timeout: 60_000 }, async () => {
  const ada = await open("Ada");
  await ada.shows("joined: true");
  const grace = await open("Grace");
  await grace.shows("joined: true");
  await ada.shows("Grace entered lobby");

  await ada.says("hello");
  await ada.shows("sent: hello");
  await grace.shows("Ada: hello");
  await grace.says("");
  await grace.shows("not sent: The message is empty\\.");

  assert.deepEqual(await ada.lines(), ["joined: true", "Grace entered lobby", "sent: hello"]);
  assert.deepEqual(await grace.lines(), ["joined: true", "Ada: hello", "not sent: The message is empty."]);
});

test("a visitor without a name is refused with the app's words", { timeout: 60_000 }, async () => {
  const nobody = await open("");
  await nobody.shows("refused: Please choose a name\\.");
});
