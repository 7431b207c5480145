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

  const trace = (name) => page.locator("#traces li", { has: page.locator(".title", { hasText: name }) });

  test("an event is one trace that opens into its steps, with times and bodies", async () => {
    const client = await connected({ sub: "alice" });
    w.hook.on.greet = (event) => ({ body: `43${/^42(\d+)/.exec(event.body)[1]}["hello back"]` });
    await client.emitWithAck("greet", "hello there");
    await connection(client).getByText("alice").waitFor();
    const row = trace("greet");
    await row.getByText('acked "hello back"').waitFor();
    assert.equal(await row.count(), 1);
    // By keyboard alone.
    await row.locator("summary").focus();
    await page.keyboard.press("Enter");
    await row.locator('.step[data-kind="webhook"]').getByText(/greet: 200, \d+ bytes of packets in [\d.]+ ms/).waitFor();
    await row.locator("pre", { hasText: "hello there" }).waitFor();
    await row.locator("pre", { hasText: "hello back" }).first().waitFor();
    assert.match(await row.locator(".step time").last().innerText(), /^\+[\d.]+ ms$/);
    await row.locator("summary").click();
  });

  test("an event that waits says so, and what a function sends belongs to it", async () => {
    const client = await connected({ sub: "carol" });
    const answered = new Promise((resolve) => {
      w.hook.on.slow = (event) => new Promise((answer) => resolve({ event, end: () => answer({}) }));
    });
    client.emit("slow");
    const row = trace("slow");
    await row.getByText("running").waitFor();
    const { event, end } = await answered;
    const harbour = group("/", "harbour");
    await w.rest("PUT", `/groups/${harbour}/connections/${client.io.engine.id}`);
    const sent = await w.rest("POST", `/groups/${harbour}/:send`, {
      body: '42["news"]',
      headers: { traceparent: event.headers.traceparent },
    });
    assert.equal(sent.status, 202);
    end();
    await row.getByText("→ news room harbour (1 client)").waitFor();
    await row.locator(".badge", { hasText: /^ok$/ }).waitFor();
    // The call that put it into the room has no traceparent, but it names the connection.
    await row.locator("summary").click();
    await row.locator('.step[data-kind="rest"] .derived', { hasText: /^derived: it names the event's connection$/ }).waitFor();
    assert.equal(await row.locator(".derived").count(), 1);
    await row.locator("summary").click();
  });

  test("a payload that is dropped stands out, with the reason", async () => {
    await w.rest("POST", `/groups/${group("/", "attic")}/:send`, { body: "hello" });
    const row = page.locator("#traces li", { hasText: "a packet for clients was dropped" });
    await row.locator(".finding.bad", { hasText: "it begins with 'h', which no message does" }).waitFor();
  });

  test("an acknowledgement through REST belongs to its event, however late it is", async () => {
    const client = await connected({ sub: "cleo" });
    w.hook.on.ask = () => ({});
    const answer = client.emitWithAck("ask");
    const row = trace("ask");
    await row.getByText("an ack was wanted and none was sent").waitFor();
    const sent = await w.rest("POST", `/groups/${group("/", client.id)}/:send`, { body: '430["late"]' });
    assert.equal(sent.status, 202);
    assert.equal(await answer, "late");
    await row.getByText('acked "late"').waitFor();
    await row.getByText("an ack was wanted").waitFor({ state: "detached" });
    assert.equal(await row.count(), 1);
  });

  test("what went wrong stands out, and filters find it", async () => {
    const client = await connected({ sub: "dora" });
    w.hook.on.forgotten = () => ({});
    client.emit("forgotten", () => {});
    const row = trace("forgotten");
    await row.getByText("an ack was wanted and none was sent").waitFor();
    await page.locator("#filter-outcome").selectOption("wrong");
    await page.locator("#filter-user").fill("DORA");
    await trace("forgotten").waitFor();
    assert.equal(await trace("greet").count(), 0);
    await page.locator("#filter-user").fill("nobody");
    await page.getByText("No trace fits the filters.").waitFor();
    assert.equal(await trace("forgotten").count(), 0);
    await page.locator("#filter-user").fill("");
    await page.locator("#filter-outcome").selectOption("");
    await page.locator("#filter-room").fill("harbour");
    await trace("slow").waitFor();
    assert.equal(await trace("forgotten").count(), 0);
    await page.locator("#filter-room").fill("");
    await trace("forgotten").waitFor();
  });

  test("a trace that no longer fits the filter goes", async () => {
    const client = await connected({ sub: "emil" });
    let end;
    w.hook.on.long = () => new Promise((answer) => (end = () => answer({})));
    await page.locator("#filter-outcome").selectOption("running");
    client.emit("long");
    await trace("long").waitFor();
    end();
    await trace("long").waitFor({ state: "detached" });
    await page.locator("#filter-outcome").selectOption("ok");
    await trace("long").waitFor();
    await page.locator("#filter-outcome").selectOption("");
  });

  test("a phone shows all of it without scrolling sideways", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${width} pixels`);
    await page.setViewportSize({ width: 1280, height: 800 });
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
    await page.locator("#traces .title", { hasText: "onerror" }).first().waitFor();
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.title(), "Emulator inspector");
    assert.deepEqual(problems, []);
  });
});
