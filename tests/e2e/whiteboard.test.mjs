// The whiteboard in a real browser: what one page draws, the others show.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launchBrowser } from "../clients/browser.mjs";
import { sio } from "../clients/sio.mjs";
import { SamplePages } from "./sample_pages.mjs";
import { stroke } from "./strokes.mjs";

let stack;
let browser;

before(async () => {
  stack = await sio(["dev", "--project", "samples/whiteboard", "--port", "0", "--emulator-port", "0"], { timeout: 100_000 });
  browser = await launchBrowser();
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await stack?.stop();
}, { timeout: 30_000 });

/** Waits until a page's board has ink at a point, or none, and returns the colour there. */
async function ink(page, [x, y], wanted = true) {
  const found = await page.waitForFunction(
    ([left, top, inked]) => {
      const { data } = document.getElementById("board").getContext("2d").getImageData(left, top, 1, 1);
      return data[3] > 200 === inked && `rgb ${data.slice(0, 3)}`;
    },
    [x, y, wanted],
  );
  return found.jsonValue();
}

test("a stroke drawn in one page appears in the other, in the colour of who drew it", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const [ada, grace] = [await pages.open(), await pages.open()];
  // A phone has the same board.
  const phone = await pages.open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth), 390, "the page scrolls sideways");

  await stroke(ada, [[200, 200], [800, 600], [1400, 200]]);
  const colour = await ink(ada, [500, 400]);
  for (const page of [grace, phone]) {
    for (const point of [[200, 200], [500, 400], [800, 600], [1100, 400], [1400, 200]]) {
      assert.equal(await ink(page, point), colour);
    }
    await ink(page, [800, 1000], false);
  }

  // The other way, with a finger: a tap is a dot.
  const box = await phone.getByTestId("board").boundingBox();
  await phone.touchscreen.tap(box.x + box.width / 4, box.y + (box.height * 3) / 4);
  for (const page of [ada, grace]) assert.notEqual(await ink(page, [400, 900]), colour);

  // Latecomers start with an empty board.
  const late = await pages.open();
  await late.getByTestId("empty").waitFor();
  await ink(late, [500, 400], false);

  await grace.getByTestId("clear").click();
  await grace.getByTestId("news").filter({ hasText: "You cleared the board." }).waitFor();
  await ada.getByTestId("news").filter({ hasText: "Somebody cleared the board." }).waitFor();
  for (const page of [ada, grace, phone]) await ink(page, [500, 400], false);
  assert.ok(await grace.getByTestId("clear").isEnabled());

  pages.check();
});

test("what pens draw within a frame is one event", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const [ada, grace] = [await pages.open(), await pages.open()];
  await stroke(ada, [[100, 100], [100, 200]]);
  await ink(grace, [100, 200]);

  const box = await ada.getByTestId("board").boundingBox();
  await ada.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await ada.mouse.down();
  await ink(grace, [800, 600]);
  const before = pages.packets.length;
  // A mouse that reports 250 positions before the next frame.
  await ada.getByTestId("board").evaluate((board) => {
    const { left, top, width, height } = board.getBoundingClientRect();
    for (let step = 1; step <= 250; step++) {
      const [clientX, clientY] = [left + width / 2 + (width * step) / 600, top + height / 2 + (step % 2) * 20];
      board.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, pointerType: "mouse", clientX, clientY }));
    }
  });
  await ink(grace, [800 + Math.round((1600 * 250) / 600), 600]);
  await ada.mouse.up();

  const drawn = pages.packets.slice(before).filter((packet) => packet.includes('"draw"'));
  assert.equal(drawn.length, 1, drawn.join("\n"));
  const [, lines] = JSON.parse(drawn[0].slice(drawn[0].indexOf("[")));
  assert.ok(lines.every((line) => line.length <= 100), "no line is longer than the app takes");
  assert.equal(lines.flat().length, 250 + lines.length, "each line begins where the one before it ended");
});
