// Listens to the timer, and says when it cannot.

const state = document.getElementById("state");
const now = document.getElementById("now");
const again = () => setTimeout(listen, 2000);

/** A token holds for an hour, so each attempt to connect gets a new one. */
async function listen() {
  try {
    const response = await fetch("negotiate");
    if (!response.ok) throw new Error(`negotiate returned ${response.status}`);
    const { endpoint, path, token } = await response.json();
    const socket = io(endpoint, { path, query: { access_token: token }, reconnection: false, forceNew: true });
    socket.on("connect", () => (state.textContent = "Connected."));
    socket.on("tick", (seconds) => (now.textContent = new Date(seconds * 1000).toLocaleTimeString()));
    socket.on("connect_error", (error) => {
      state.textContent = `${error.message}: trying again…`;
      again();
    });
    socket.on("disconnect", () => {
      state.textContent = "Connection lost, trying again…";
      again();
    });
  } catch {
    state.textContent = "The app does not answer. Does `sio dev` run? Trying again…";
    again();
  }
}

if (typeof io === "undefined") {
  state.textContent =
    "The Socket.IO client was not loaded: this browser has no network. Run `npm install socket.io-client` in the project, or name a copy of socket.io.min.js with `--client-js FILE`; then start `sio dev` again.";
} else {
  listen();
}
