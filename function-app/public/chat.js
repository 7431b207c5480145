// The chat: what happens when somebody does something here, and when somebody did something elsewhere.
//
//   connection.js     one connection, kept alive            dom.js        building elements
//   conversations.js  what the page knows                   messages.js   the list of messages
//   typing.js         "Ada is typing…"                      view.js       everything around it

import { openConnection } from "./connection.js";
import { Conversations, parseInput } from "./conversations.js";
import { byId } from "./dom.js";
import { messageList } from "./messages.js";
import { typingList, typingSignal } from "./typing.js";
import * as view from "./view.js";

const FIRST_ROOM = "lobby";
const ARRIVAL = "came in.";
const NO_LIBRARY = "The Socket.IO client library could not be loaded. Check your connection and reload the page.";

const conversations = new Conversations();
const list = messageList({ onPerson: (name) => open(conversations.openPerson(name)), onRetry: deliver });
const typing = typingList((room) => room === active?.name && showTyping());
const signal = typingSignal((room, on) => connection?.tell("typing", room, on));

let connection;
let me = "";
/** Whether this connection was ever accepted: until then the start screen stays. */
let inside = false;
/** When the connection was lost, so that its return can be told. */
let lostAt;
let active;

// ---- coming and going

function enter(name) {
  connection?.close();
  me = name;
  inside = false;
  lostAt = undefined;
  view.startProblem("");
  connection = openConnection(name, events, onState);
}

function leaveChat(problem) {
  connection?.close();
  connection = undefined;
  conversations.clear();
  active = undefined;
  view.startState();
  view.joinProblem("");
  view.showStart(me, problem);
}

function onState(state) {
  view.showState(state);
  if (!inside) view.startState(state);
  if (state.kind === "connected") arrived();
  if (state.kind === "offline" && inside) lostAt ??= Date.now();
  if (state.kind === "rejected" && !inside) leaveChat(state.message);
}

async function arrived() {
  if (!inside) {
    inside = true;
    remember(me);
    view.showChat(me);
    open(conversations.openRoom(FIRST_ROOM));
  }
  const away = lostAt !== undefined;
  lostAt = undefined;
  // Rooms belong to a connection, so a new one is in none of them.
  await Promise.all(conversations.rooms().map((room) => joinAgain(room, away)));
  flush(conversations.people());
}

async function joinAgain(room, away) {
  const answer = await connection.ask("join", room.name);
  // Lost again: the next arrival tells more than a line about this one.
  if (!answer.ok && !connection?.connected) return;
  if (!answer.ok) note(room, `Could not enter #${room.name}: ${answer.error}`);
  else note(room, away ? "You are back. What was said while you were away is not shown." : `You entered #${room.name}.`);
  flush([room]);
}

// ---- rooms and private conversations

async function join(name) {
  view.joinProblem("");
  const known = conversations.room(name);
  if (known) return open(known);
  const answer = await connection.ask("join", name);
  if (!answer.ok) return view.joinProblem(answer.error);
  byId("join").value = "";
  const room = conversations.openRoom(name);
  note(room, `You entered #${name}.`);
  open(room);
}

async function leave(conversation) {
  if (conversation.kind === "room") {
    signal.stop();
    const answer = await connection.ask("leave", conversation.name);
    if (!answer.ok) return note(conversation, `Could not leave: ${answer.error}`);
  }
  conversations.remove(conversation);
  if (active === conversation) open(conversations.list()[0]);
  else showSidebar();
}

function open(conversation) {
  if (active) active.draft = byId("text").value;
  signal.stop();
  active = conversation;
  if (active) active.unread = 0;
  byId("text").value = active?.draft ?? "";
  view.fitText();
  view.showHeading(active);
  list.show(active?.items ?? []);
  showTyping();
  showSidebar();
  view.setDrawer(false);
  // On a phone the focus would raise the keyboard over the messages that somebody came to read.
  if (matchMedia("(hover: hover)").matches) byId("text").focus();
}

function showSidebar() {
  view.showSidebar(conversations, active, open);
}

function showTyping() {
  byId("typing").textContent = active?.kind === "room" ? typing.text(active.name) : "";
}

// ---- what is said here

function send(input) {
  const { to, text } = parseInput(input.trim());
  if (!text) return;
  const target = to ? conversations.openPerson(to) : active;
  byId("text").value = "";
  view.fitText();
  if (target !== active) open(target);
  const item = conversations.addMessage(target, { from: me, text, at: Date.now(), delivery: "sending" });
  item.conversation = target;
  list.add(item);
  deliver(item);
  // After the message, which would otherwise wait until a function has seen this.
  signal.stop();
}

async function deliver(item) {
  const { conversation } = item;
  if (!connection.connected) return setDelivery(item, "waiting");
  setDelivery(item, "sending");
  const event = conversation.kind === "person" ? "whisper" : "message";
  const answer = await connection.ask(event, conversation.name, item.text);
  // Without an answer the message may still have been delivered, so sending it twice is left to a person.
  if (!answer.ok) return setDelivery(item, "failed", answer.error);
  item.at = answer.at ?? item.at;
  setDelivery(item, "sent");
}

function setDelivery(item, delivery, error) {
  item.delivery = delivery;
  item.error = error;
  list.update(item);
}

/** Sends what was written while there was no connection. */
function flush(targets) {
  for (const { items } of targets) items.filter(({ delivery }) => delivery === "waiting").forEach(deliver);
}

// ---- what happens elsewhere

const events = {
  message({ room, from, text, at }) {
    const conversation = conversations.room(room);
    if (!conversation) return;
    typing.set(room, from, false);
    receive(conversation, { from, text, at }, `in ${room}`);
  },
  whisper({ from, text, at }) {
    receive(conversations.openPerson(from), { from, text, at }, "privately");
  },
  typing(room, name, on) {
    if (name !== me) typing.set(room, name, on);
  },
  entered(room, name) {
    const conversation = conversations.room(room);
    if (!conversation || name === me) return;
    conversation.seen.add(name);
    if (room === FIRST_ROOM) tellArrival(name);
    else note(conversation, "entered the room.", name);
  },
  exited(room, name) {
    const conversation = conversations.room(room);
    if (!conversation || name === me) return;
    conversation.seen.delete(name);
    typing.set(room, name, false);
    note(conversation, "left the room.", name);
  },
  came(name) {
    if (name === me) return;
    tellArrival(name);
    const person = conversations.person(name);
    if (person) note(person, ARRIVAL, name);
  },
  went(name) {
    if (name === me) return;
    typing.forget(name);
    for (const conversation of conversations.list()) {
      const wasHere = conversation.seen.delete(name);
      const tells = conversation === conversations.room(FIRST_ROOM) || conversation === conversations.person(name);
      if (wasHere || tells) note(conversation, "went away.", name);
    }
  },
};

/**
 * Says once in the first room that somebody came: a newcomer also enters that room, and the two events
 * arrive in either order.
 */
function tellArrival(name) {
  const lobby = conversations.room(FIRST_ROOM);
  if (!lobby) return;
  const last = lobby.items.findLast(({ who }) => who === name);
  const told = last?.text === ARRIVAL && Date.now() - last.at < 10_000;
  if (!told) note(lobby, ARRIVAL, name);
}

function receive(conversation, message, where) {
  const item = conversations.addMessage(conversation, message);
  if (conversation === active) list.add(item);
  if (conversation !== active || document.hidden) conversation.unread += 1;
  showSidebar();
  view.announce(`${message.from} ${where}: ${message.text}`);
}

function note(conversation, text, who) {
  const item = conversations.addNote(conversation, text, who);
  if (conversation === active) list.add(item);
  return item;
}

// ---- the controls

byId("start-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (window.io) enter(byId("name").value.trim());
  else view.startProblem(NO_LIBRARY);
});

byId("join-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = byId("join").value.trim().replace(/^#\s*/, "");
  if (name) join(name);
});

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send(byId("text").value);
});

byId("text").addEventListener("keydown", (event) => {
  // A key that ends the composition of a character is not the end of the message.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send(byId("text").value);
});

byId("text").addEventListener("input", () => {
  view.fitText();
  if (active?.kind !== "room") return;
  const text = byId("text").value;
  // Typing a private message is not shown to others.
  if (text && !text.startsWith("/")) signal.typed(active.name);
  else signal.stop();
});

byId("leave").addEventListener("click", () => leave(active));
byId("sign-out").addEventListener("click", () => leaveChat());
byId("try-now").addEventListener("click", () => connection.retryNow());
byId("drawer-open").addEventListener("click", () => view.setDrawer(true));
byId("drawer-close").addEventListener("click", () => view.setDrawer(false));
byId("backdrop").addEventListener("click", () => view.setDrawer(false));
document.addEventListener("keydown", (event) => event.key === "Escape" && view.setDrawer(false));
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !active) return;
  active.unread = 0;
  showSidebar();
});

// ---- the name, from one visit to the next

function remember(name) {
  try {
    localStorage.setItem("name", name);
  } catch {
    // Storage may be forbidden; the name is then asked for again.
  }
}

function remembered() {
  try {
    return localStorage.getItem("name") ?? "";
  } catch {
    return "";
  }
}

view.showStart(remembered());
if (!window.io) view.startProblem(NO_LIBRARY);
