// The sample for signed-in users, in a real browser and from outside: who gets in, who does not, and that there is no key.

import assert from "node:assert/strict";
import { readFile, readdir, readlink } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launchBrowser } from "../clients/browser.mjs";
import { root, sio } from "../clients/sio.mjs";
import { SamplePages, signIn } from "./sample_pages.mjs";

const SAMPLE = "samples/identity-quickstart";

let stack;
let browser;

before(async () => {
  stack = await sio(["dev", "--project", SAMPLE, "--port", "0", "--emulator-port", "0"], { timeout: 100_000 });
  browser = await launchBrowser();
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await stack?.stop();
}, { timeout: 30_000 });

const url = (path) => `${stack.app}${path}`;
const payload = (token) => token.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));

/** Signs in without a browser; resolves to the cookie. */
async function session(name) {
  const form = { method: "POST", redirect: "manual", body: new URLSearchParams({ name, back: "/api/index" }) };
  const response = await fetch(url("/.auth/login/aad"), form);
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "/api/index");
  return response.headers.get("set-cookie").split(";")[0];
}

test("two people sign in and talk under their own names", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const ada = await pages.open({ user: "ada@example.org" });
  // A name is text, whatever is in it.
  const zoe = await pages.open({ user: "Zoë <b>B</b>" });
  await ada.getByTestId("talk").getByText("Zoë <b>B</b>", { exact: true }).waitFor();

  await zoe.getByTestId("text").fill("<i>hello</i>");
  await zoe.getByTestId("say").click();
  await zoe.locator("li.own").filter({ hasText: "<i>hello</i>" }).waitFor();
  const said = ada.locator("li.said");
  await said.waitFor();
  assert.equal(await said.textContent(), "Zoë <b>B</b> <i>hello</i>");

  // A page that asks for another user gets its own.
  const told = await ada.evaluate(async () => (await fetch("negotiate?user=eve&userId=eve&name=eve")).json());
  const [head, claims] = payload(told.token);
  assert.equal(claims.sub, "ada@example.org");
  assert.match(head.kid, /^s-/, "the service has made the token, by :generateToken");
  // A phone has the same page.
  const phone = await pages.open({ user: "phone", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth), 390, "the page scrolls sideways");

  await ada.getByTestId("sign-out").click();
  await ada.getByTestId("door").waitFor();
  await zoe.getByTestId("talk").getByText("has left").waitFor();
  // Chromium reports the 401 of `me`, which is how the page learns that nobody is signed in.
  pages.errors = pages.errors.filter((error) => !/status of 401/.test(String(error)));
  pages.check();
});

test("a session that ends sends the page back to its door", { timeout: 60_000 }, async (t) => {
  const pages = new SamplePages(t, browser, stack);
  const ada = await pages.open({ user: "ada@example.org" });
  await ada.context().clearCookies();
  const state = await (await fetch(`${stack.emulator}/_emulator/state`)).json();
  for (const { id } of state.hubs.flatMap((hub) => hub.connections)) {
    const gone = await fetch(`${stack.emulator}/_emulator/drop`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ hub: "chat", connection: id }),
    });
    assert.equal(gone.status, 200, await gone.text());
  }
  await ada.getByTestId("door").waitFor();
  await signIn(ada, "grace@example.org");
  await ada.getByTestId("who").filter({ hasText: "grace@example.org" }).waitFor();
});

test("nobody gets a token without a sign-in", async () => {
  const principal = Buffer.from(JSON.stringify({ auth_typ: "aad", claims: [{ typ: "name", val: "eve" }] })).toString("base64");
  const forged = {
    "x-ms-client-principal": principal,
    "x-ms-client-principal-id": "eve",
    "x-ms-client-principal-name": "eve",
    "x-ms-client-principal-idp": "aad",
  };
  for (const headers of [{}, forged, { cookie: "AppServiceAuthSession=00000000-0000-0000-0000-000000000000" }]) {
    const response = await fetch(url("/api/negotiate?user=eve"), { headers });
    assert.equal(response.status, 401, JSON.stringify(headers));
  }
  const cookie = await session("ada@example.org");
  const response = await fetch(url("/api/negotiate"), { headers: { ...forged, cookie } });
  assert.equal(payload((await response.json()).token)[1].sub, "ada@example.org", "what the platform says replaces what a client says");
});

test("what a signed-in user posts to the webhook is refused", async () => {
  const event = {
    "webhook-request-origin": "localhost",
    "ce-type": "azure.webpubsub.user.say",
    "ce-eventname": "say",
    "ce-hub": "chat",
    "ce-namespace": "/",
    "ce-connectionid": "c1",
    "ce-socketid": "s1",
    "ce-userid": "ada@example.org",
    "content-type": "text/plain",
  };
  const cookie = await session("eve@example.org");
  assert.equal((await fetch(url("/.auth/me"), { headers: { cookie } })).status, 200, "the session is good");
  for (const headers of [event, { ...event, cookie }, { ...event, cookie, authorization: "Bearer e30.e30.e30" }]) {
    const response = await fetch(stack.webhook, { method: "POST", headers, body: '42["say","hello"]' });
    assert.equal(response.status, 401);
  }
  assert.ok(!new URL(stack.webhook).search, "there is no key in the webhook's address");
});

test("the terminal says where to sign in", () => {
  assert.ok(stack.stderr().includes(`sign in with any name at ${stack.app}/.auth/login/aad`), stack.stderr());
});

test("the handler has no key", { skip: process.platform !== "linux" && "looks at /proc" }, async () => {
  const program = `${root}${SAMPLE}/function-app/handler`;
  const processes = [];
  for (const id of await readdir("/proc")) {
    if (!/^\d+$/.test(id)) continue;
    // A binary that was replaced meanwhile is called so; a process that has ended is nobody's.
    const path = await readlink(`/proc/${id}/exe`).catch(() => "");
    if (path.replace(" (deleted)", "") === program) processes.push(id);
  }
  assert.equal(processes.length, 1);
  const environment = (await readFile(`/proc/${processes[0]}/environ`, "utf8")).split("\0");
  assert.ok(environment.some((line) => line.startsWith("IDENTITY_ENDPOINT=http://127.0.0.1:")));
  assert.deepEqual(environment.filter((line) => /accesskey/i.test(line)), []);
  assert.deepEqual(environment.filter((line) => /^WebPubSubForSocketIOConnectionString=./.test(line)), []);
});
