// Draws the picture in the README: `node tests/e2e/screenshot.mjs [FILE]`, `docs/chat.png` by default.
//
// `--phone` draws a phone, `--dark` the dark colours. Both need FILE, so that they never replace the README's picture.

import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";

import { launchBrowser } from "../clients/browser.mjs";
import { root, sio } from "../clients/sio.mjs";
import { ChatPage } from "./chat_page.mjs";

/** The command line; ends the program with 2 if it is wrong. */
function read() {
  const options = { phone: { type: "boolean" }, dark: { type: "boolean" } };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length > 1) throw new Error("expected one FILE");
    if (positionals.length === 0 && (values.phone || values.dark)) throw new Error("--phone and --dark need a FILE");
    return { ...values, file: positionals[0] ?? `${root}docs/chat.png` };
  } catch (error) {
    console.error(`${error.message}\nusage: node tests/e2e/screenshot.mjs [[--phone] [--dark] FILE]`);
    process.exit(2);
  }
}

const { file, phone, dark } = read();
const look = {
  viewport: phone ? { width: 390, height: 844 } : { width: 1120, height: 700 },
  colorScheme: dark ? "dark" : "light",
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

const stack = await sio(["dev", "--port", "0", "--emulator-port", "0"], { timeout: 100_000 });
try {
  const browser = await launchBrowser();
  try {
    const ada = await ChatPage.open(browser, stack, look);
    const grace = await ChatPage.open(browser, stack);
    const people = { Ada: ada, Grace: grace };
    // The narrow page keeps its sidebar in a drawer, so the second room is for the wide one.
    await ada.enter("Ada");
    if (!phone) {
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
