// The sample rooms-and-acks in a real browser: rooms, acknowledgements, refusals, pictures, and the keeper.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launchBrowser } from "../clients/browser.mjs";
import { closeConnections } from "../clients/rest.mjs";
import { sio } from "../clients/sio.mjs";
import { RoomsPage } from "./rooms_page.mjs";
import { SamplePages } from "./sample_pages.mjs";

/** The keeper's word in local.settings.json.example. */
const WORD = "sesame";

let stack;
let browser;

before(async () => {
  stack = await sio(["dev", "--project", "samples/rooms-and-acks", "--port", "0", "--emulator-port", "0"], { timeout: 100_000 });
  browser = await launchBrowser();
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await stack?.stop();
}, { timeout: 30_000 });

test("a picture reaches every page in its room, pixel for pixel, and no other page", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const [ada, grace, joan] = await Promise.all(["Ada", "Grace", "Joan"].map((name) => RoomsPage.enter(pages, name)));
  await Promise.all([ada.go("Garden"), grace.go("Garden"), joan.go("Library")]);

  const garden = await grace.paint("Garden");
  const own = await grace.drawn("Garden", "You", garden);
  assert.ok(own.width === 480 && own.height === 360 && own.colours > 20, JSON.stringify(own));
  assert.deepEqual(await ada.drawn("Garden", "Grace", garden), own);

  // The acknowledgement has two values: the format that the app found, and the size.
  await grace.news("Garden", /^Shown as PNG, \d+\.\d kB\.$/);
  await grace.journal(/show\("Garden", .*\)ack\("PNG", \d{4,}\)/).waitFor();
  // That of entering has no value.
  await grace.journal(/enter\("Garden"\)ack\(\)/).waitFor();

  // What comes after it in the library shows that the garden's picture never came there.
  await grace.go("Library");
  const library = await grace.paint("Library");
  await joan.drawn("Library", "Grace", library);
  assert.equal(await joan.pictures("Garden").count(), 0);
  assert.equal(await joan.journal("shown(").count(), 1);
  assert.equal(await ada.journal("shown(").count(), 1);
  assert.equal(await grace.journal("shown(").count(), 0, "who shows a picture does not get it back");

  // A visitor who has left gets nothing more. A wave is sent without an acknowledgement.
  await ada.leave("Garden");
  await grace.paint("Garden");
  await ada.go("Library");
  await grace.room("Library").getByTestId("wave").click();
  for (const page of [ada, joan]) await page.news("Library", "Grace waves.");
  const waved = grace.journal('wave("Library")');
  await waved.waitFor();
  assert.doesNotMatch(await waved.textContent(), /ack/);
  assert.equal(await ada.journal("shown(").count(), 1);
  pages.check();
});

test("what the app refuses comes back as the acknowledgement, and nobody sees it", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const [ada, grace] = [await RoomsPage.enter(pages, "Ada"), await RoomsPage.enter(pages, "Grace")];
  await Promise.all([ada.go("Kitchen"), grace.go("Kitchen")]);
  await ada.choose("Kitchen", { name: "recipe.txt", mimeType: "text/plain", buffer: Buffer.from("eggs and flour") });
  await ada.news("Kitchen", "This is not a PNG, JPEG or WebP picture.");
  await ada.journal(/ack\(\{ reason: "This is not/).waitFor();
  assert.equal(await ada.pictures("Kitchen").count(), 0);

  // A picture from a file is sent as a JPEG of at most 480 pixels.
  const file = await ada.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(1600, 800);
    canvas.getContext("2d").fillRect(0, 0, 800, 800);
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
  });
  await ada.choose("Kitchen", { name: "Half and half.png", mimeType: "image/png", buffer: Buffer.from(file) });
  const drawn = await grace.drawn("Kitchen", "Ada", "Half and half");
  assert.deepEqual([drawn.width, drawn.height], [480, 240]);
  await ada.news("Kitchen", "Shown as JPEG");
  assert.equal(await grace.journal("shown(").count(), 1);
  pages.check();
});

test("a visitor whom the app rejects is told why, and may try again", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const ada = await RoomsPage.enter(pages, "Ada", {
    before: async (door) => {
      for (const [name, words] of [
        ["", "Please say who you are."],
        ["x".repeat(25), "This name is too long for the guest book."],
      ]) {
        await door.knock(name);
        await door.byTest("problem").filter({ hasText: words }).waitFor();
      }
    },
  });
  await ada.go("Garden");
  assert.equal(await ada.byTest("who").textContent(), "Ada");

  // The desk is a namespace of its own: it rejects who is welcome in the house, and the house goes on.
  await ada.byTest("open-desk").click();
  await ada.byTest("desk-refused").filter({ hasText: "The desk is the keeper's." }).waitFor();
  await ada.paint("Garden");
  const eve = await RoomsPage.enter(pages, "Eve", { word: "open" });
  await eve.byTest("desk-refused").filter({ hasText: "The desk is the keeper's." }).waitFor();
  pages.check();
});

test("the keeper sees who is here, closes rooms and shows guests out", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const [grace, joan] = [await RoomsPage.enter(pages, "Grace"), await RoomsPage.enter(pages, "Joan")];
  await Promise.all([grace.go("Garden"), joan.go("Garden")]);
  await grace.go("Library");

  // Guests who were here before the desk opened have answered its question.
  const keeper = await RoomsPage.enter(pages, "Keeper", { word: WORD });
  await keeper.guest("Grace").filter({ hasText: "Garden, Library" }).waitFor();
  await keeper.guest("Joan").filter({ hasText: "Garden" }).waitFor();
  await grace.journal("roll call()").waitFor();

  const row = (room) => keeper.byTest("desk").locator(`li[data-room="${room}"]`);
  await row("Garden").getByTestId("close").click();
  for (const page of [grace, joan]) {
    await page.outside("Garden");
    await page.news("Garden", "The keeper has closed this room.");
  }
  await keeper.guest("Joan").filter({ hasText: "in no room" }).waitFor();
  await keeper.guest("Grace").getByText(/^Library$/).waitFor();

  await keeper.guest("Grace").getByTestId("show-out").click();
  await grace.byTest("out").waitFor();
  await grace.outside("Library");
  assert.ok(await grace.room("Library").getByTestId("door").isDisabled(), "the rooms are closed to a visitor who is out");
  await keeper.guest("Grace").waitFor({ state: "detached" });
  await joan.go("Garden");
  assert.ok(await joan.byTest("out").isHidden(), "only one was shown out");

  // Visitors who were shown out come back when they want to, with a new socket and outside all rooms.
  await grace.byTest("back").click();
  await keeper.guest("Grace").filter({ hasText: "in no room" }).waitFor();
  await grace.go("Garden");
  const shown = await grace.paint("Garden");
  await joan.drawn("Garden", "Grace", shown);

  // Everybody in a room can be sent home at once.
  await row("Garden").getByTestId("send-home").click();
  for (const page of [grace, joan]) await page.byTest("out").waitFor();
  await keeper.guest("Keeper").waitFor();
  for (const name of ["Grace", "Joan"]) await keeper.guest(name).waitFor({ state: "detached" });
  pages.check();
});

test("a page that lost its connection comes back into its rooms", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const [ada, iris] = [await RoomsPage.enter(pages, "Ada"), await RoomsPage.enter(pages, "Iris")];
  await Promise.all([ada.go("Library"), iris.go("Library")]);
  await closeConnections(stack, "Iris", "house");
  await iris.journal(/enter\("Library"\)ack\(\)/).nth(1).waitFor();
  const shown = await ada.paint("Library");
  await iris.drawn("Library", "Ada", shown);
  pages.check();
});
