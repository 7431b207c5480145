// The page's side: a name first, then whatever is said.

const byId = (id) => document.getElementById(id);
const DOWN = "The app does not answer. Does `sio dev` run?";
let socket;

/** Shows how it is: "online", "waiting" or "offline". */
function state(how, text) {
  byId("state").dataset.state = how;
  byId("state").textContent = text;
  byId("say").querySelector("button").disabled = how !== "online";
}

/** Shows a line. What people type is text, never markup. */
function show(text, kind = "") {
  byId("lines").append(Object.assign(document.createElement("li"), { textContent: text, className: kind }));
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
  socket.on("said", (who, what) => show(`${who}: ${what}`));
  socket.on("connect", () => {
    state("online", `Connected as ${name}.`);
    byId("enter").hidden = true;
    byId("say").hidden = false;
    byId("text").focus();
  });
  socket.on("connect_error", (error) => {
    // What the app refuses stays refused; a transport or a function that failed is worth another try.
    if (error.data === "final") {
      socket = undefined;
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

byId("enter").addEventListener("submit", async (event) => {
  event.preventDefault();
  state("waiting", "Connecting…");
  await join(byId("name").value.trim()).catch((error) => state("offline", error.message));
});

byId("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text || !socket?.connected) return;
  byId("text").value = "";
  try {
    await socket.timeout(10_000).emitWithAck("say", text);
    show(`You: ${text}`, "own");
  } catch {
    show(`not delivered: ${text}`, "failed");
  }
});

if (typeof io === "undefined") {
  state(
    "offline",
    "The Socket.IO client was not loaded: this browser has no network. Run `npm install socket.io-client` in the project, or name a copy of socket.io.min.js with `--client-js FILE`; then start `sio dev` again.",
  );
  byId("enter").querySelector("button").disabled = true;
}
