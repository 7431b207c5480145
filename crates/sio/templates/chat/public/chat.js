// The page's side: a name first, then whatever is said. A page that is loaded again joins by itself.

const byId = (id) => document.getElementById(id);
const DOWN = "The app does not answer. Does `sio dev` run?";
let socket;

/** What a reload of the page must not lose. The browser keeps it for this tab until the tab is closed. */
const KEY = "{{name}}";
const kept = { name: "", draft: "", lines: [], ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };

function keep(changes) {
  Object.assign(kept, changes);
  sessionStorage.setItem(KEY, JSON.stringify(kept));
}

/** Shows how it is: "online", "waiting" or "offline". */
function state(how, text) {
  byId("state").dataset.state = how;
  byId("state").textContent = text;
  byId("say").querySelector("button").disabled = how !== "online";
}

/** Shows the form for the name, or the one for messages. */
function ask(forName) {
  byId("enter").hidden = !forName;
  byId("say").hidden = forName;
  byId(forName ? "name" : "text").focus();
}

/** Shows a line. What people type is text, never markup. */
function show([text, kind]) {
  byId("lines").append(Object.assign(document.createElement("li"), { textContent: text, className: kind }));
}

/** Shows a new line and keeps the last hundred. */
function add(text, kind = "") {
  show([text, kind]);
  keep({ lines: [...kept.lines, [text, kind]].slice(-100) });
}

/** An address and a token for a name; a token holds for an hour, so each attempt to connect gets a new one. */
async function negotiate(name) {
  const response = await fetch(`negotiate?name=${encodeURIComponent(name)}`).catch(() => {
    throw new Error(DOWN);
  });
  if (!response.ok) throw new Error(`negotiate returned ${response.status}`);
  return response.json();
}

async function join(name) {
  const { endpoint, path, token } = await negotiate(name);
  socket = io(endpoint, { path, query: { access_token: token }, reconnection: false });
  socket.on("said", (who, what) => add(`${who}: ${what}`));
  socket.on("connect", () => {
    state("online", `Connected as ${name}.`);
    ask(false);
  });
  socket.on("connect_error", (error) => {
    // What the app refuses stays refused; a transport or a function that failed is worth another try.
    if (error.data === "final") {
      socket = undefined;
      keep({ name: "" });
      ask(true);
      return state("offline", error.message);
    }
    state("waiting", `${error.message}: trying again…`);
    setTimeout(() => again(name), 2000);
  });
  socket.on("disconnect", () => {
    state("waiting", "Connection lost, trying again…");
    setTimeout(() => again(name), 1000);
  });
}

async function again(name) {
  try {
    const { token } = await negotiate(name);
    socket.io.opts.query = { access_token: token };
    socket.connect();
  } catch {
    state("offline", `${DOWN} Trying again…`);
    setTimeout(() => again(name), 2000);
  }
}

async function enter(name) {
  keep({ name });
  state("waiting", "Connecting…");
  await join(name).catch((error) => state("offline", error.message));
}

byId("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(byId("name").value.trim());
});

byId("text").addEventListener("input", () => keep({ draft: byId("text").value }));

byId("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text || !socket?.connected) return;
  byId("text").value = "";
  keep({ draft: "" });
  try {
    await socket.timeout(10_000).emitWithAck("say", text);
    add(`You: ${text}`, "own");
  } catch {
    add(`not delivered: ${text}`, "failed");
  }
});

byId("name").value = kept.name;
byId("text").value = kept.draft;
kept.lines.forEach(show);

if (typeof io === "undefined") {
  state(
    "offline",
    "The Socket.IO client was not loaded: this browser has no network. Run `npm install socket.io-client` in the project, or name a copy of socket.io.min.js with `--client-js FILE`; then start `sio dev` again.",
  );
  byId("enter").querySelector("button").disabled = true;
} else if (kept.name) {
  enter(kept.name);
}
