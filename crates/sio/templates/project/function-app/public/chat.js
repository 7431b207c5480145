// The page's side: a name first, then whatever is said.

const form = document.getElementById("form");
const text = document.getElementById("text");
const state = document.getElementById("state");
const lines = document.getElementById("lines");
let socket;

/** Shows a line. What people type is text, never markup. */
function show(line) {
  lines.append(Object.assign(document.createElement("li"), { textContent: line }));
}

/** An address and a token for a name; a token holds for an hour, so each attempt to connect gets a new one. */
async function negotiate(name) {
  const response = await fetch(`negotiate?name=${encodeURIComponent(name)}`);
  if (!response.ok) throw new Error(`negotiate answered ${response.status}`);
  return response.json();
}

async function enter(name) {
  const { endpoint, path, token } = await negotiate(name);
  socket = io(endpoint, { path, query: { access_token: token }, reconnection: false });
  socket.on("said", (who, what) => show(`${who}: ${what}`));
  socket.on("connect", () => (state.textContent = `Connected as ${name}.`));
  socket.on("connect_error", (error) => {
    state.textContent = error.message;
    // What the app refuses stays refused; a transport or a function that failed is worth another try.
    if (error.data !== "final") setTimeout(() => again(name), 2000);
  });
  socket.on("disconnect", () => {
    state.textContent = "Connection lost, trying again…";
    setTimeout(() => again(name), 1000);
  });
}

async function again(name) {
  try {
    const { token } = await negotiate(name);
    socket.io.opts.query = { access_token: token };
    socket.connect();
  } catch {
    setTimeout(() => again(name), 2000);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const value = text.value.trim();
  text.value = "";
  if (socket?.connected) {
    socket.emit("say", value, () => show(`You: ${value}`));
  } else {
    await enter(value).catch((error) => (state.textContent = error.message));
  }
});
