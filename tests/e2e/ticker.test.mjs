// The ticker in a real browser: a timer publishes, several pages listen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launchBrowser } from "../clients/browser.mjs";
import { sio } from "../clients/sio.mjs";
import { SamplePages } from "./sample_pages.mjs";

let stack;
let browser;

before(async () => {
  stack = await sio(["dev", "--project", "samples/ticker", "--port", "0", "--emulator-port", "0"], { timeout: 100_000 });
  browser = await launchBrowser();
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await stack?.stop();
}, { timeout: 30_000 });

/** The next prices that a page shows, by their second. */
function heard(page, count) {
  return page.evaluate(
    (wanted) =>
      new Promise((resolve) => {
        const price = document.getElementById("price");
        const seen = {};
        new MutationObserver(() => {
          seen[price.dataset.at] = price.textContent;
          if (Object.keys(seen).length === wanted) resolve(seen);
        }).observe(price, { attributeFilter: ["data-at"] });
      }),
    count,
  );
}

test("two pages see the same price in every second", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const [one, other] = [await pages.open(), await pages.open()];
  const [here, there] = await Promise.all([heard(one, 4), heard(other, 4)]);
  const common = Object.keys(here).filter((at) => at in there);
  assert.ok(common.length >= 3, JSON.stringify([here, there]));
  for (const at of common) {
    assert.match(here[at], /^\d+\.\d\d$/);
    assert.equal(here[at], there[at], `at ${at}`);
  }
  // A page that opens now has the past as well, and it is the one that the others saw.
  const late = await pages.open();
  await late.locator('[data-testid="chart"][data-count="120"]').waitFor();
  const history = await (await fetch(`${stack.app}/api/history`)).json();
  const told = new Map(history.map(({ at, cents }) => [String(at), (cents / 100).toFixed(2)]));
  for (const at of common) assert.equal(told.get(at), here[at], `at ${at}`);
  pages.check();
});
