// The page of the sample rooms-and-acks, as a person uses it.

export class RoomsPage {
  /** Opens the page in a profile of its own and comes in, after `before(page)`; with the keeper's word as the keeper. */
  static async enter(pages, name, { word = "", before, ...options } = {}) {
    const enter = async (page) => {
      const opened = new RoomsPage(page);
      await before?.(opened);
      await opened.knock(name, word);
    };
    return new RoomsPage(await pages.open({ ...options, enter }));
  }

  constructor(page) {
    this.page = page;
  }

  byTest(id) {
    return this.page.getByTestId(id);
  }

  /** Asks to come in; whether that works is for the caller to find out. */
  async knock(name, word = "") {
    await this.byTest("name").fill(name);
    await this.byTest("word").fill(word);
    await this.byTest("enter").click();
  }

  room(name) {
    return this.page.locator(`[data-testid="room"][data-room="${name}"]`);
  }

  /** Goes into a room, and waits for the acknowledgement. */
  async go(name) {
    await this.room(name).getByTestId("door").click();
    await this.page.locator(`[data-room="${name}"][data-inside="yes"]`).waitFor();
  }

  async leave(name) {
    await this.room(name).getByTestId("door").click();
    await this.outside(name);
  }

  /** Waits until the page is outside a room. */
  outside(name) {
    return this.page.locator(`[data-room="${name}"][data-inside="no"]`).waitFor();
  }

  /** Paints a picture and shows it; resolves to its caption once the app has taken it. */
  async paint(name) {
    await this.pictures(name).evaluateAll((entries) => entries.forEach((entry) => (entry.dataset.seen = "yes")));
    await this.room(name).getByTestId("paint").click();
    const entry = this.room(name).locator('[data-drawn][data-from="You"]:not([data-seen])');
    await entry.waitFor();
    return entry.getAttribute("data-caption");
  }

  /** What hangs on a room's wall, the newest first. */
  pictures(name) {
    return this.room(name).locator("[data-drawn]");
  }

  /** Waits for a picture on a room's wall and resolves to its size and the digest of its pixels. */
  drawn(name, from, caption) {
    const entry = this.room(name).locator(`[data-drawn][data-from="${from}"][data-caption="${caption}"]`);
    return entry.first().getByTestId("picture").evaluate(async (canvas) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
      const digest = await crypto.subtle.digest("SHA-256", data);
      const colours = new Set(new Uint32Array(data.buffer)).size;
      return { width, height, colours, digest: [...new Uint8Array(digest)].join() };
    });
  }

  /** Hands a file to a room's chooser. */
  async choose(name, file) {
    await this.room(name).getByTestId("file").setInputFiles(file);
  }

  /** Waits until a room says this. */
  async news(name, text) {
    await this.room(name).getByTestId("news").filter({ hasText: text }).waitFor();
  }

  /** Lines of the journal with this text. */
  journal(text) {
    return this.byTest("journal").locator("li").filter({ hasText: text });
  }

  /** A guest in the keeper's list. */
  guest(name) {
    return this.byTest("desk").locator(`[data-testid="guest"][data-name="${name}"]`);
  }
}
