// The emulator's inspector page in a real browser.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launchBrowser } from "../clients/browser.mjs";
import { once } from "../clients/sio.mjs";
import { group, world } from "../emulator/support.mjs";

describe("the inspector", { timeout: 120_000 }, () => {
  let w, browser, page;
  const problems = [];
  before(async () => {
    w = await world();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on("pageerror", (error) => problems.push(error));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(w.endpoint);
  });
  after(async () => {
    await browser?.close();
    await w?.close();
  });

  async function connected(claims) {
    const client = w.client({ transports: ["websocket"], token: w.clientToken(claims) });
    await once(client, "connect");
    return client;
  }
  const connection = (client) => page.locator(`[data-connection="${client.io.engine.id}"]`);
  const fill = async (fields) => {
    for (const [name, value] of Object.entries(fields)) await page.locator(`dialog [name="${name}"]`).fill(value);
    await page.locator("#submit").click();
    await page.locator("dialog").waitFor({ state: "hidden" });
  };

  test("an event is one row with its hops, times and bodies", async () => {
    const client = await connected({ sub: "alice" });
    w.hook.on.greet = (event) => ({ body: `43${/^42(\d+)/.exec(event.body)[1]}["hello back"]` });
    await client.emitWithAck("greet", "hello there");
    await connection(client).getByText("alice").waitFor();
    const row = page.locator("#timeline li", { hasText: "greet" });
    await row.locator("summary").click();
    await row.getByText(/webhook 200 in \d+ ms/).first().waitFor();
    await row.getByText("hello there").waitFor();
    await row.getByText("hello back").first().waitFor();
    assert.equal(await row.count(), 1);
    assert.match(await row.locator(".hop time").last().innerText(), /^\+\d+ ms$/);
  });

  test("an event that waits says so, and a call names its room", async () => {
    const client = await connected({ sub: "carol" });
    const answered = new Promise((resolve) => {
      w.hook.on.slow = () => new Promise((answer) => resolve(() => answer({})));
    });
    client.emit("slow");
    const row = page.locator("#timeline li", { hasText: "slow" });
    await row.getByText("not answered yet").waitFor();
    (await answered)();
    await row.getByText(/webhook 200/).first().waitFor();
    assert.equal(await row.getByText("not answered yet").count(), 0);
    await w.rest("PUT", `/groups/${group("/", "harbour")}/connections/${client.io.engine.id}`);
    await page.locator("#timeline .title", { hasText: /^PUT \/groups\/harbour\/connections/ }).waitFor();
  });

  test("people send, join and kick from the page", async () => {
    const client = await connected({ sub: "bob" });
    const heard = once(client, "note");
    await connection(client).getByRole("button", { name: "Send" }).click();
    await fill({ event: "note", args: '"hi", [1]' });
    assert.deepEqual(await heard, ["hi", [1]]);

    await connection(client).getByRole("button", { name: "Join" }).click();
    await fill({ room: "lobby" });
    await connection(client).getByText("lobby").waitFor();
    const room = once(client, "room");
    await page.locator("#send-all").click();
    await fill({ room: "lobby", event: "room" });
    await room;

    client.io.reconnection(false);
    const reason = once(client, "disconnect");
    await connection(client).getByRole("button", { name: "Kick" }).click();
    await fill({ reason: "too loud" });
    assert.equal((await reason)[0], "transport close");
    const left = await w.hook.event((event) => event.name === "disconnected");
    assert.match(left.body, /too loud/);
  });

  test("a fault is set and shown", async () => {
    await page.locator("#faults summary").click();
    await page.getByRole("button", { name: "503 for 3 REST calls" }).click();
    await page.locator("#fault-badge", { hasText: "rest: 3 to come" }).waitFor();
    assert.equal((await w.rest("HEAD", "/groups/g")).status, 503);
    await page.getByRole("button", { name: "No faults" }).click();
    await page.locator("#fault-badge").waitFor({ state: "hidden" });
  });

  test("what clients choose is text, not markup", async () => {
    const evil = "<img src=x onerror=document.title='evil'>";
    const client = await connected({ sub: evil });
    client.emit(evil, evil);
    await connection(client).getByText(evil).waitFor();
    await page.locator("#timeline .title", { hasText: "onerror" }).first().waitFor();
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.title(), "Emulator inspector");
    assert.deepEqual(problems, []);
  });
});
