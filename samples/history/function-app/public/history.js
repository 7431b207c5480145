// The page of a chat with a history: after each connection it asks for what was said since the last message that it has.

const SIGN_OF_LIFE = 20_000;
const ANSWER_LIMIT = 10_000;

const element = (id) => document.getElementById(id);
let last = 0;

function show(message) {
  if (message.id <= last) return;
  last = message.id;
  const line = document.createElement("li");
  const author = document.createElement("b");
  author.textContent = message.author;
  line.append(author, message.text);
  element("messages").append(line);
  line.scrollIntoView();
}

async function join(name) {
  const response = await fetch(`negotiate?${new URLSearchParams({ name })}`, { cache: "no-store" });
  const { endpoint, path, token } = await response.json();
  const socket = window.io(endpoint, { path, query: { access_token: token } });
  // Messages that arrive while the page catches up wait until the older ones are shown.
  let waiting;
  socket.on("connect", async () => {
    element("state").textContent = "connected";
    waiting = [];
    try {
      for (;;) {
        const messages = await socket.timeout(ANSWER_LIMIT).emitWithAck("since", last);
        messages.forEach(show);
        if (messages.length < 100) break;
      }
    } catch {
      element("problem").textContent = "The history did not arrive. Reload the page to try again.";
    }
    waiting.forEach(show);
    waiting = undefined;
  });
  socket.on("disconnect", () => (element("state").textContent = "offline"));
  socket.on("connect_error", (error) => (element("problem").textContent = error.message));
  socket.on("said", (message) => (waiting ? waiting.push(message) : show(message)));
  socket.on("online", (names) => (element("online").textContent = names.join(", ")));
  setInterval(() => socket.connected && socket.emit("here"), SIGN_OF_LIFE);

  element("say").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = element("text").value;
    element("text").value = "";
    element("problem").textContent = "";
    try {
      const answer = await socket.timeout(ANSWER_LIMIT).emitWithAck("say", text);
      if (typeof answer === "string") element("problem").textContent = answer;
      else show(answer);
    } catch {
      element("text").value = text;
      element("problem").textContent = "The message was not delivered. Please try again.";
    }
  });
}

element("join").addEventListener("submit", (event) => {
  event.preventDefault();
  element("join").hidden = true;
  element("room").hidden = false;
  join(element("name").value).catch(() => (element("problem").textContent = "The app does not answer."));
});
