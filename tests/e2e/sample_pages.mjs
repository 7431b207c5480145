// Pages of a sample: opened in profiles of their own, closed at the end of the test, asked about what went wrong.

import assert from "node:assert/strict";

/** Goes through a page's door, to the stand-in's form and back. */
export async function signIn(page, name) {
  await page.getByTestId("sign-in").click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export class SamplePages {
  constructor(t, browser, stack) {
    this.browser = browser;
    this.stack = stack;
    this.contexts = [];
    /** What the pages' own code threw. */
    this.errors = [];
    /** The URL of every request that they made. */
    this.requests = [];
    /** Every packet that they sent through a websocket. */
    this.packets = [];
    t?.after(() => this.close());
  }

  /**
   * Opens the page and waits until it is connected by a websocket; as a `guest` of this label, where the page has guests,
   * or after a sign-in as `user`, or after `enter(page)`, where it has a door.
   */
  async open({ guest, user, enter, ...options } = {}) {
    const context = await this.browser.newContext({ locale: "en-GB", viewport: { width: 1120, height: 700 }, ...options });
    this.contexts.push(context);
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    if (guest !== undefined) await page.addInitScript((label) => sessionStorage.setItem("guest", label), guest);
    page.on("pageerror", (error) => this.errors.push(error));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
    page.on("request", (request) => this.requests.push(request.url()));
    const upgraded = new Promise((resolve) => {
      page.on("websocket", (socket) => {
        socket.on("framesent", ({ payload }) => {
          this.packets.push(payload);
          if (payload === "5") resolve();
        });
      });
    });
    await page.goto(`${this.stack.app}/api/index`);
    if (user !== undefined) await signIn(page, user);
    await enter?.(page);
    await page.locator('[data-testid="state"][data-state="connected"]').waitFor();
    await upgraded;
    return page;
  }

  /** Nothing threw, and everything that the pages need is on this machine. */
  check() {
    assert.deepEqual(this.errors, [], "the page's code complained");
    const elsewhere = this.requests.filter((url) => {
      const { protocol, hostname } = new URL(url);
      return protocol !== "data:" && hostname !== "localhost" && hostname !== "127.0.0.1";
    });
    assert.deepEqual(elsewhere, [], "the page asked somebody else");
  }

  async close() {
    await Promise.all(this.contexts.map((context) => context.close()));
  }
}
