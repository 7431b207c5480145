// The chat page as a person uses it.

export class ChatPage {
  /** Opens the page in a browser profile of its own; nobody has entered yet. */
  static async open(browser, stack, options = {}) {
    const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const opened = new ChatPage(page);
    page.on("pageerror", (error) => opened.errors.push(error));
    page.on("request", (request) => opened.requests.push(request.url()));
    await page.goto(`${stack.app}/api/index`);
    return opened;
  }

  constructor(page) {
    this.page = page;
    /** What the page's own code threw. */
    this.errors = [];
    /** The URL of every request it made. */
    this.requests = [];
  }

  byTest(id) {
    return this.page.getByTestId(id);
  }

  /** Asks to come in; whether that works is for the caller to find out. */
  async knock(name) {
    await this.byTest("name").fill(name);
    await this.byTest("enter").click();
  }

  /** Comes in, and waits until the first room is entered. */
  async enter(name) {
    await this.knock(name);
    await this.notes("You entered #lobby.").waitFor();
  }

  async join(room) {
    await this.byTest("join").fill(room);
    await this.byTest("join").press("Enter");
    await this.notes(`You entered #${room}.`).waitFor();
  }

  /** Opens what the sidebar lists as `room:lobby` or `person:Ada`. */
  async show(key) {
    await this.entry(key).click();
  }

  async say(text) {
    await this.byTest("text").fill(text);
    await this.byTest("send").click();
  }

  entry(key) {
    return this.page.locator(`[data-testid="entry"][data-key="${key}"]`);
  }

  /** Messages of the open conversation with exactly this text. */
  messages(text) {
    return this.byTest("message").filter({ has: this.page.getByText(text, { exact: true }) });
  }

  notes(text) {
    return this.byTest("note").filter({ hasText: text });
  }

  /** Waits until this page's message is marked as `delivery`: waiting, sending, sent or failed. */
  async delivered(text, delivery = "sent") {
    await this.messages(text).locator(`[data-delivery="${delivery}"]`).waitFor();
  }

  /** Answers the next attempts to connect with these errors in the service's place; later ones reach the service. */
  async refuseConnections(errors) {
    const left = [...errors];
    const sessions = new Map();
    await this.page.route("**/clients/socketio/**", (route) => {
      const { searchParams } = new URL(route.request().url());
      const session = searchParams.get("sid");
      const answer = (body) =>
        route.fulfill({ body, contentType: "text/plain", headers: { "access-control-allow-origin": "*" } });
      // An Engine.IO session by polling: the handshake, then the client's packet, then the error.
      if (sessions.has(session)) {
        return answer(route.request().method() === "POST" ? "ok" : `44${JSON.stringify(sessions.get(session))}`);
      }
      if (session !== null || left.length === 0) return route.continue();
      const sid = `refused-${left.length}`;
      sessions.set(sid, left.shift());
      return answer(`0${JSON.stringify({ sid, upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1e6 })}`);
    });
  }

  /** How many objects of a class the page keeps, after its garbage has been collected. */
  async alive(name) {
    const session = await this.page.context().newCDPSession(this.page);
    const { result: prototype } = await session.send("Runtime.evaluate", { expression: `${name}.prototype` });
    const { objects } = await session.send("Runtime.queryObjects", { prototypeObjectId: prototype.objectId });
    const counted = await session.send("Runtime.callFunctionOn", {
      objectId: objects.objectId,
      functionDeclaration: "function () { return this.length; }",
    });
    await session.detach();
    return counted.result.value;
  }

  negotiations() {
    return this.requests.filter((url) => new URL(url).pathname.endsWith("/negotiate")).length;
  }

  /** The token of every HTTP request to the service; a page begins each connection with one. */
  tokens() {
    return this.requests.map((url) => new URL(url).searchParams.get("access_token")).filter(Boolean);
  }

  async close() {
    await this.page.context().close();
  }
}
