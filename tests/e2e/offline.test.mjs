// The pages of new projects in a browser without a network: they say what to do.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";

import { launchBrowser } from "../clients/browser.mjs";
import { root } from "../clients/sio.mjs";

const KINDS = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };

for (const template of ["chat", "ticker"]) {
  test(`without a network the page of ${template} says the cure`, { timeout: 60_000 }, async (t) => {
    const folder = join(root, "crates/sio/templates", template, "public");
    const server = createServer(async (request, response) => {
      const name = request.url === "/" ? "index.html" : request.url.split("/").at(-1);
      const file = await readFile(join(folder, name)).catch(() => undefined);
      response.writeHead(file ? 200 : 404, { "content-type": KINDS[name.split(".").at(-1)] ?? "text/plain" }).end(file);
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    t.after(() => server.close());
    const browser = await launchBrowser();
    t.after(() => browser.close());
    const page = await browser.newPage();
    const asked = [];
    await page.route(/^https:/, (route) => (asked.push(route.request().url()), route.abort()));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.getByText(/The Socket\.IO client was not loaded: .* `npm install socket\.io-client` .*`sio dev` again/).waitFor();
    assert.deepEqual(asked.map((url) => new URL(url).host), ["cdn.socket.io"]);
    if (template === "chat") assert.ok(await page.getByRole("button", { name: "Join" }).isDisabled());
  });
}
