// Draws the pictures in the samples' READMEs: `node tests/e2e/screenshot_samples.mjs [FOLDER]`, `docs` by default.
//
// `--phone` draws a phone, `--dark` the dark colours, `--only=NAME` one sample alone.

import { resolve } from "node:path";

import { launchBrowser } from "../clients/browser.mjs";
import { root, sio } from "../clients/sio.mjs";
import { RoomsPage } from "./rooms_page.mjs";
import { SamplePages } from "./sample_pages.mjs";
import { stroke } from "./strokes.mjs";

const flags = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const [folder = `${root}docs`] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const only = flags.find((flag) => flag.startsWith("--only="))?.slice("--only=".length);
const look = {
  viewport: flags.includes("--phone") ? { width: 390, height: 844 } : { width: 900, height: 640 },
  colorScheme: flags.includes("--dark") ? "dark" : "light",
  deviceScaleFactor: 2,
};

/** Points from `from` to `to`, where `f` says for each number between. */
const curve = (from, to, count, f) =>
  Array.from({ length: count + 1 }, (_, step) => f(from + ((to - from) * step) / count).map(Math.round));
const TURN = 2 * Math.PI;

/** What each of three people draws. */
const pictures = [
  // A boat, with its sail.
  [
    [[620, 800], [700, 920], [1120, 920], [1210, 790], [620, 800]],
    [[890, 795], [900, 300]],
    [[905, 310], [1150, 730], [905, 740]],
    [[880, 370], [690, 735], [880, 745]],
  ],
  // The sun.
  [
    curve(0, TURN, 40, (angle) => [330 + 110 * Math.cos(angle), 280 + 110 * Math.sin(angle)]),
    ...Array.from({ length: 12 }, (_, ray) => {
      const at = (radius) => [330 + radius * Math.cos((ray * TURN) / 12), 280 + radius * Math.sin((ray * TURN) / 12)];
      return [at(145), at(195)];
    }),
  ],
  // The sea, and a gull.
  [
    curve(90, 1510, 90, (x) => [x, 960 + 26 * Math.sin(x / 52)]),
    curve(190, 1430, 80, (x) => [x, 1040 + 24 * Math.sin(x / 52 + 2)]),
    curve(330, 1290, 70, (x) => [x, 1110 + 20 * Math.sin(x / 52 + 4)]),
    [[1230, 330], [1280, 290], [1325, 335], [1375, 285], [1425, 322]],
    [[1350, 480], [1380, 458], [1405, 482], [1435, 455], [1465, 476]],
  ],
];

/** Lets a page paint the same pictures each time. */
const seeded = (page, seed) =>
  page.page.evaluate((start) => {
    let state = start;
    Math.random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  }, seed);

async function sample(name, browser, draw) {
  if (only !== undefined && only !== name) return;
  const stack = await sio(["dev", "--project", `samples/${name}`, "--port", "0", "--emulator-port", "0"]);
  const pages = new SamplePages(undefined, browser, stack);
  try {
    const page = await draw(pages);
    const path = resolve(folder, `${name}.png`);
    await page.screenshot({ path });
    console.log(path);
  } finally {
    await pages.close();
    await stack.stop();
  }
}

const browser = await launchBrowser();
try {
  await sample("ticker", browser, async (pages) => {
    const page = await pages.open(look);
    await page.locator('[data-testid="chart"][data-count="120"]').waitFor();
    return page;
  });
  await sample("whiteboard", browser, async (pages) => {
    const shown = await pages.open({ ...look, guest: "boat0000" });
    const others = [await pages.open({ guest: "sun00002" }), await pages.open({ guest: "sea00001" })];
    for (const [index, page] of [shown, ...others].entries()) {
      for (const points of pictures[index]) await stroke(page, points, { steps: 3 });
    }
    await shown.locator('[data-testid="people"] li:nth-child(3)').waitFor();
    // The last stroke has arrived when its last point has.
    await shown.waitForFunction(() => document.getElementById("board").getContext("2d").getImageData(1465, 476, 1, 1).data[3]);
    return shown;
  });
  await sample("identity-quickstart", browser, async (pages) => {
    const shown = await pages.open({ ...look, user: "ada@example.org" });
    const grace = await pages.open({ user: "grace@example.org" });
    const say = async (page, text) => {
      await page.getByTestId("text").fill(text);
      await page.getByTestId("say").click();
      await shown.getByTestId("talk").getByText(text).waitFor();
    };
    await say(grace, "Good morning! Is this the chat without keys?");
    await say(shown, "It is. You signed in, I signed in, and the rest have identities of their own.");
    await say(grace, "So who could post to the webhook in your name?");
    await say(shown, "The service. Not you, not I, and nobody with a token of another application.");
    return shown;
  });
  await sample("rooms-and-acks", browser, async (pages) => {
    const wide = flags.includes("--phone") ? look : { ...look, viewport: { width: 1120, height: 824 } };
    const grace = await RoomsPage.enter(pages, "Grace");
    const joan = await RoomsPage.enter(pages, "Joan");
    const keeper = await RoomsPage.enter(pages, "Ada", { word: "sesame", ...wide });
    for (const [index, page] of [keeper, grace, joan].entries()) await seeded(page, 1234 + 77 * index);
    for (const [page, room] of [[grace, "Garden"], [grace, "Library"], [joan, "Garden"], [keeper, "Garden"], [keeper, "Library"]]) {
      await page.go(room);
    }
    await grace.paint("Library");
    await joan.paint("Garden");
    await grace.paint("Garden");
    await keeper.paint("Garden");
    await joan.paint("Garden");
    await keeper.choose("Garden", { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
    await keeper.news("Garden", "This is not a PNG");
    await keeper.paint("Library");
    await joan.room("Garden").getByTestId("wave").click();
    await keeper.news("Garden", "Joan waves.");
    await keeper.page.locator("[data-room=Garden] [data-drawn]").nth(3).waitFor();
    return keeper.page;
  });
} finally {
  await browser.close();
}
