// The chat in a real browser, against everything that `sio dev` starts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launchBrowser } from "../clients/browser.mjs";
import { closeConnections } from "../clients/rest.mjs";
import { sio } from "../clients/sio.mjs";
import { ChatPage } from "./chat_page.mjs";

let stack;
let browser;

before(async () => {
  stack = await sio(["dev", "--port", "0", "--emulator-port", "0"], { timeout: 100_000 });
  browser = await launchBrowser();
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await stack?.stop();
}, { timeout: 30_000 });

/** A test with pages of its own: `open()` opens one, and all are checked and closed at the end. */
function chat(promise, body) {
  test(promise, { timeout: 90_000 }, async () => {
    const pages = [];
    const open = async (name, options) => {
      const page = await ChatPage.open(browser, stack, options);
      pages.push(page);
      if (name !== undefined) await page.enter(name);
      return page;
    };
    try {
      await body(open);
      for (const page of pages) {
        assert.deepEqual(page.errors, [], "the page's code threw");
        assert.deepEqual(page.requests.filter(elsewhere), [], "the page asked somebody else");
      }
    } finally {
      await Promise.all(pages.map((page) => page.close()));
    }
  });
}

/** Everything the page needs is on this machine; inline data does not count. */
function elsewhere(url) {
  const { protocol, hostname } = new URL(url);
  return protocol !== "data:" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

chat("a message arrives and gets its tick", async (open) => {
  const ada = await open("Ada");
  const grace = await open("Grace");
  await ada.notes("Grace came in.").waitFor();

  await ada.say("Hello, Grace");
  await ada.delivered("Hello, Grace");
  await grace.messages("Hello, Grace").waitFor();
  assert.equal(await grace.messages("Hello, Grace").getAttribute("data-from"), "Ada");
  assert.equal(await grace.messages("Hello, Grace").getByTestId("delivery").count(), 0, "ticks are the sender's");

  await grace.say("Hello, Ada");
  await ada.messages("Hello, Ada").waitFor();
  assert.equal(await ada.messages("Hello, Grace").count(), 1, "nobody hears their own message");
  assert.equal(await ada.notes("Grace").count(), 1, "her arrival is told once");
  await grace.close();
  await ada.notes("Grace went away.").waitFor();
});

chat("typing shows while somebody types, and ends with the message", async (open) => {
  const ada = await open("Ada");
  const grace = await open("Grace");

  await ada.byTest("text").pressSequentially("So");
  await grace.page.getByText("Ada is typing…").waitFor();
  await ada.byTest("send").click();
  await grace.messages("So").waitFor();
  await grace.page.getByText("Ada is typing…").waitFor({ state: "detached" });

  await ada.byTest("text").pressSequentially("Well");
  await grace.page.getByText("Ada is typing…").waitFor();
  await grace.page.getByText("Ada is typing…").waitFor({ state: "detached" });
  assert.equal(await ada.byTest("text").inputValue(), "Well", "it ended by idling, not by sending");

  await ada.byTest("text").pressSequentially("!");
  await grace.page.getByText("Ada is typing…").waitFor();
  await ada.byTest("text").fill("");
  // Sooner than an entry expires that nobody ended.
  await grace.page.getByText("Ada is typing…").waitFor({ state: "detached", timeout: 3500 });
});

chat("rooms are separate, and what is unread is counted", async (open) => {
  const ada = await open("Ada");
  const grace = await open("Grace");
  const linus = await open("Linus");
  await ada.join("kernel");
  await linus.join("kernel");
  await ada.notes("Linus entered the room.").waitFor();

  await ada.show("room:lobby");
  await linus.say("only here");
  await linus.delivered("only here");
  await linus.say("and again");
  await ada.entry("room:kernel").getByTestId("unread").filter({ hasText: /^2 / }).waitFor();
  assert.equal(await ada.messages("only here").count(), 0, "the lobby does not show another room");

  // Grace hears the lobby afterwards, so she would have heard the other room before.
  await ada.say("to all");
  await grace.messages("to all").waitFor();
  assert.equal(await grace.messages("only here").count(), 0);
  assert.equal(await grace.entry("room:kernel").count(), 0);

  await ada.show("room:kernel");
  await ada.messages("only here").waitFor();
  assert.equal(await ada.entry("room:kernel").getByTestId("unread").count(), 0);

  await linus.byTest("leave").click();
  await ada.notes("Linus left the room.").waitFor();
  await ada.say("after he left");
  await ada.delivered("after he left");
  await ada.show("room:lobby");
  await ada.say("the end");
  await linus.messages("the end").waitFor();
  assert.equal(await linus.entry("room:kernel").count(), 0, "who left hears nothing more");
});

chat("a private message reaches one person", async (open) => {
  const ada = await open("Ada");
  const grace = await open("Grace");
  const linus = await open("Linus");

  await ada.say("/w Grace between us");
  await ada.delivered("between us");
  await grace.entry("person:Ada").getByTestId("unread").waitFor();
  assert.equal(await grace.messages("between us").count(), 0, "it is not shown in the lobby");
  await grace.show("person:Ada");
  await grace.messages("between us").waitFor();

  await grace.say("quite");
  await ada.messages("quite").waitFor();

  // What Linus hears last comes after what he must not hear.
  await ada.show("room:lobby");
  await ada.say("for everybody");
  await linus.messages("for everybody").waitFor();
  assert.equal(await linus.entry("person:Ada").count(), 0);
  assert.equal(await linus.entry("person:Grace").count(), 0);
  assert.equal(await linus.page.getByText("between us").count(), 0);

  // The other way there: a name in the room.
  await linus.messages("for everybody").getByRole("button", { name: "Ada" }).click();
  await linus.say("and me?");
  await ada.entry("person:Linus").getByTestId("unread").waitFor();
});

chat("a room is the same with and without its sign", async (open) => {
  const ada = await open("Ada");
  const grace = await open("Grace");
  await ada.join("kitchen");
  await grace.byTest("join").fill("# kitchen");
  await grace.byTest("join").press("Enter");
  await ada.notes("Grace entered the room.").waitFor();
  await ada.say("tea?");
  await grace.messages("tea?").waitFor();
});

chat("rows that have left the list are forgotten", async (open) => {
  const ada = await open("Ada");
  const kept = await ada.page.evaluate(async () => {
    const { messageList } = await import("./assets/messages.js");
    const { KEPT } = await import("./assets/conversations.js");
    window.list = messageList({});
    for (let id = 0; id < 2 * KEPT; id++) window.list.add({ id, type: "note", text: `line ${id}` });
    // What changes after it has left does not come back.
    window.list.update({ id: 0, type: "note", text: "changed" });
    return KEPT;
  });
  assert.equal(await ada.byTest("note").count(), kept);
  assert.equal(await ada.notes("changed").count(), 0);
  const alive = await ada.alive("HTMLLIElement");
  assert.ok(alive < kept + 20, `${alive} rows are still in memory`);
});

chat("what people type stays text", async (open) => {
  const ada = await open("Ada");
  const markup = "<b>Eve</b>";
  const eve = await open(markup);
  const attack = `<img src=x onerror="document.title='taken'"> <script>document.title='taken'</script>`;

  await ada.notes(`${markup} came in.`).waitFor();
  await eve.say(attack);
  await ada.messages(attack).waitFor();
  for (const { page } of [ada, eve]) {
    assert.equal(await page.locator("#messages img, #messages script, #messages b").count(), 0);
    assert.ok(!(await page.title()).includes("taken"));
  }
  assert.equal(await ada.messages(attack).getByRole("button", { name: markup }).innerText(), markup);
});

for (const [what, name] of [
  ["an empty name", "   "],
  ["a name of 25 characters", "n".repeat(25)],
  ["the name of the system", "SyStem"],
  ["the name of the system with a long s", "\u017fystem"],
  ["a name that turns the text around it", "\u202eadA"],
]) {
  chat(`${what} is refused, and the page says why`, async (open) => {
    const page = await open();
    await page.knock(name);
    const problem = page.byTest("start-problem");
    await problem.filter({ hasText: /\w+ \w+/ }).waitFor();
    // Either the function's sentence or, where the service hides it, the page's own; both speak of names.
    assert.match(await problem.innerText(), /name/i);
    assert.doesNotMatch(await problem.innerText(), /status \d+|undefined|object/);
    assert.ok(!(await page.byTest("text").isVisible()));
    assert.equal(await page.byTest("enter").innerText(), "Join");

    await page.enter("Ada");
    assert.equal(page.negotiations(), 2, "a refusal was asked about again");
    assert.equal(await page.byTest("state").innerText(), "connected");
  });
}

chat("a lost connection comes back by itself, with a fresh token", async (open) => {
  const ada = await open("Ada");
  const grace = await open("Grace-2");
  await grace.join("garden");
  await ada.join("garden");
  assert.equal(grace.negotiations(), 1);
  await grace.page.evaluate(() => {
    const state = document.getElementById("state");
    window.states = [];
    new MutationObserver(() => window.states.push(state.dataset.state)).observe(state, { attributeFilter: ["data-state"] });
  });

  const renewal = grace.page.waitForResponse((response) => new URL(response.url()).pathname.endsWith("/negotiate"));
  await closeConnections(stack, "Grace-2");
  const { token } = await (await renewal).json();
  await grace.notes("You are back.").waitFor();
  await grace.page.locator('[data-testid="state"][data-state="connected"]').waitFor();
  assert.ok(!(await grace.byTest("trouble").isVisible()));
  const states = await grace.page.evaluate(() => window.states.filter((state, index, all) => state !== all[index - 1]));
  assert.equal(states[0], "offline", `the page showed ${states}`);
  assert.equal(states.at(-1), "connected");
  assert.equal(grace.negotiations(), 2);
  assert.equal(grace.tokens().at(-1), token, "the old token was used again");

  // Both directions, in the room that was joined before.
  await grace.say("where was I?");
  await grace.delivered("where was I?");
  await ada.messages("where was I?").waitFor();
  await ada.say("welcome back");
  await grace.messages("welcome back").waitFor();
});

chat("a chat that does not answer is tried again, one that refuses is not", async (open) => {
  const page = await open();
  const answers = [503, 401];
  await page.page.route("**/negotiate?*", (route) => {
    const status = answers.shift();
    return status ? route.fulfill({ status, body: "" }) : route.continue();
  });
  await page.knock("Ada");
  await page.byTest("start-problem").filter({ hasText: "did not let you in (status 401)" }).waitFor();
  assert.equal(page.negotiations(), 2, "the 503 was tried again");
  await page.enter("Ada");
  assert.equal(page.negotiations(), 3, "the 401 was not");
});

test("a name that fits in no header gets no token", async () => {
  const response = await fetch(`${stack.app}/api/negotiate?name=A%0Ada`);
  assert.equal(response.status, 400);
  assert.match(await response.text(), /name .* cannot be seen/);
});

const UNREACHABLE = { message: "Connection rejected: the event handler could not be reached" };
const UNDECIDED = { message: "the app could not decide about this connection" };

chat("a service whose function fails is asked again on the start screen", async (open) => {
  const page = await open();
  await page.refuseConnections([UNREACHABLE, UNDECIDED]);
  await page.knock("Ada");
  await page.byTest("start-problem").filter({ hasText: "Trying again" }).waitFor();
  await page.notes("You entered #lobby.").waitFor();
  assert.equal(page.negotiations(), 3);
});

chat("a function that fails while a page comes back does not keep it away", async (open) => {
  const ada = await open("Ada-2");
  await ada.refuseConnections([UNREACHABLE, UNDECIDED]);
  await closeConnections(stack, "Ada-2");
  await ada.notes("You are back.").waitFor();
  assert.equal(ada.negotiations(), 4);
});

chat("a refusal while a page comes back is final until somebody tries again", async (open) => {
  const ada = await open("Ada-3");
  await ada.refuseConnections([{ message: "This name has been taken.", data: { final: true } }]);
  await closeConnections(stack, "Ada-3");
  await ada.byTest("trouble").filter({ hasText: "This name has been taken." }).waitFor();
  assert.equal(await ada.byTest("state").getAttribute("data-state"), "rejected");
  await ada.byTest("try-now").click();
  await ada.notes("You are back.").waitFor();
  assert.equal(ada.negotiations(), 3);
});

chat("a refusal without words is explained by the page", async (open) => {
  const page = await open();
  await page.refuseConnections([{ message: "Connection rejected with status 400" }]);
  await page.knock("Ada");
  await page.byTest("start-problem").filter({ hasText: "This name was not accepted." }).waitFor();
  assert.equal(page.negotiations(), 1);
});

chat("what is written without a connection is sent after the return", async (open) => {
  const ada = await open("Ada");
  const grace = await open("Grace-3");
  // Holding the negotiation back keeps the page offline for as long as this test needs.
  let letThrough;
  const held = new Promise((resolve) => (letThrough = resolve));
  await grace.page.route("**/negotiate?*", async (route) => {
    await held;
    await route.continue();
  });

  await closeConnections(stack, "Grace-3");
  await grace.page.locator('[data-testid="state"]:not([data-state="connected"])').waitFor();
  await grace.say("written in a tunnel");
  await grace.delivered("written in a tunnel", "waiting");
  letThrough();
  await grace.delivered("written in a tunnel");
  await ada.messages("written in a tunnel").waitFor();
  assert.equal(await ada.messages("written in a tunnel").count(), 1);
});

chat("a message that is refused can be sent again", async (open) => {
  const ada = await open("Ada");
  // The field itself stops at the limit, and the function must not rely on that.
  await ada.byTest("text").evaluate((field) => field.removeAttribute("maxlength"));
  const long = "x".repeat(2001);
  await ada.say(long);
  await ada.delivered(long, "failed");
  assert.match(await ada.byTest("failure").innerText(), /\w+ \w+.*Try again/s);
  await ada.byTest("retry").click();
  await ada.delivered(long, "failed");
});

chat("the keyboard is enough", async (open) => {
  const ada = await open();
  const grace = await open("Grace");
  const { keyboard } = ada.page;
  await keyboard.type("Ada");
  await keyboard.press("Enter");
  await ada.notes("You entered #lobby.").waitFor();

  await keyboard.type("first line");
  await keyboard.press("Shift+Enter");
  await keyboard.type("second line");
  await keyboard.press("Enter");
  await grace.byTest("message-text").filter({ hasText: "second line" }).waitFor();
  assert.equal(await grace.byTest("message-text").innerText(), "first line\nsecond line");
});

chat("on a phone the rooms are in a drawer, and nothing is wider than the screen", async (open) => {
  const width = 360;
  const ada = await open(undefined, { viewport: { width, height: 740 }, isMobile: true, hasTouch: true });
  // Measured by element: what sticks out of the body need not make it scroll.
  const fits = () =>
    ada.page.evaluate((limit) => {
      const seen = [...document.querySelectorAll("button, input, textarea, p, h1")].filter((each) => each.checkVisibility());
      return seen.every((each) => each.closest(".sidebar") || each.getBoundingClientRect().right <= limit);
    }, width);
  await ada.byTest("name").waitFor();
  assert.ok(await fits());
  await ada.enter("Ada");
  const grace = await open("Grace");
  assert.ok(!(await ada.entry("room:lobby").isVisible()));

  await grace.say(`/w Ada ${"long".repeat(100)}`);
  await ada.page.locator("#total-unread").getByText("1").waitFor();
  assert.ok(await fits());
  await ada.page.getByRole("button", { name: "Rooms and private conversations" }).click();
  await ada.show("person:Grace");
  await ada.messages("long".repeat(100)).waitFor();
  await ada.entry("person:Grace").waitFor({ state: "hidden" });
  assert.ok(await fits());

  const menu = ada.page.getByRole("button", { name: "Rooms and private conversations" });
  const focus = () => ada.page.evaluate(() => document.activeElement.id);
  await menu.click();
  assert.equal(await focus(), "drawer-close", "the keyboard goes into the drawer");
  await ada.page.keyboard.press("Escape");
  assert.equal(await focus(), "drawer-open", "and comes back");
});

chat("script that slips into the page does not run", async (open) => {
  const ada = await open("Ada");
  const ran = await ada.page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return Boolean(window.ran);
  });
  assert.equal(ran, false, "the page's policy forbids inline script");
});

chat("without the client library the page says so", async (open) => {
  const page = await open();
  await page.page.addInitScript(() => Object.defineProperty(window, "io", { get() {}, set() {} }));
  await page.page.reload();
  await page.byTest("start-problem").filter({ hasText: "could not be loaded" }).waitFor();
  await page.knock("Ada");
  await page.byTest("start-problem").filter({ hasText: "could not be loaded" }).waitFor();
  assert.equal(page.negotiations(), 0);
});

chat("the name is remembered until the next visit", async (open) => {
  const ada = await open("Ada");
  await ada.byTest("sign-out").click();
  await ada.byTest("name").waitFor();
  await ada.page.reload();
  assert.equal(await ada.byTest("name").inputValue(), "Ada");
  await ada.enter("Ada");
});
