// Draws the picture in the README: `node tests/e2e/screenshot.mjs [FILE]`, `docs/chat.png` by default.
//
// `--phone` draws a phone, `--dark` the dark colours.

import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { launchBrowser } from "../clients/browser.mjs";
import { root, sio } from "../clients/sio.mjs";
import { ChatPage } from "./chat_page.mjs";

const flags = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const [file = `${root}docs/chat.png`] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const look = {
  viewport: flags.includes("--phone") ? { width: 390, height: 844 } : { width: 1120, height: 700 },
  colorScheme: flags.includes("--dark") ? "dark" : "light",
  deviceScaleFactor: 2,
};

/** Who says what in the lobby. */
const talk = [
  ["Grace", "Hello! Is this thing really running without a server?"],
  ["Ada", "Without one of ours. The service holds our connections, and a function wakes up for every event."],
  ["Ada", "When nobody says anything, nothing runs."],
  ["Grace", "So who remembers that I am in this room?"],
  ["Ada", "The service does. The function only says “add her to lobby” and goes back to sleep."],
  ["Grace", "And the tick beside your message is the acknowledgement. Lovely ⚓"],
];

const stack = await sio(["dev", "--port", "0", "--emulator-port", "0"]);
try {
  const browser = await launchBrowser();
  try {
    const ada = await ChatPage.open(browser, stack, look);
    const grace = await ChatPage.open(browser, stack);
    const people = { Ada: ada, Grace: grace };
    // The narrow page keeps its sidebar in a drawer, so the second room is for the wide one.
    await ada.enter("Ada");
    if (!flags.includes("--phone")) {
      await ada.join("compilers");
      await ada.show("room:lobby");
    }
    await grace.enter("Grace");
    await ada.notes("Grace came in.").waitFor();
    for (const [name, text] of talk) {
      await people[name].say(text);
      for (const page of [ada, grace]) await page.messages(text).waitFor();
      await people[name].delivered(text);
    }
    await grace.say("/w Ada Should I tell them where the bug was?");
    await ada.entry("person:Grace").waitFor({ state: "attached" });
    await grace.show("room:lobby");
    await grace.byTest("text").pressSequentially("One more");
    await ada.page.getByText("Grace is typing…").waitFor();

    await mkdir(dirname(resolve(file)), { recursive: true });
    await ada.page.screenshot({ path: file });
    console.log(file);
  } finally {
    await browser.close();
  }
} finally {
  await stack.stop();
}
