// The page: a door for those who have not signed in, a room for those who have.

import { openConnection } from "./connection.js";
import { signInUrl, signOutUrl, whoIsIt } from "./session.js";

const byId = (id) => document.getElementById(id);
const MOST_LINES = 500;

let own;
let connection;

function show(id) {
  for (const part of ["door", "room"]) byId(part).hidden = part !== id;
}

/** One line of the talk. What people typed is text, never markup. */
function line(kind, who, text) {
  const talk = byId("talk");
  const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 60;
  const entry = document.createElement("li");
  entry.className = kind;
  const name = document.createElement("strong");
  name.textContent = who;
  entry.append(name, " ", text);
  talk.append(entry);
  while (talk.childElementCount > MOST_LINES) talk.firstElementChild.remove();
  if (atEnd) talk.scrollTop = talk.scrollHeight;
}

function showState(state) {
  if (state === "signed out") {
    show("door");
    return;
  }
  const label = byId("state");
  label.dataset.state = state;
  if (label.textContent !== state) label.textContent = state;
  byId("say").disabled = state !== "connected";
}

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (text === "") return;
  byId("say").disabled = true;
  try {
    // A refusal comes as an acknowledgement as well: its text in the place of `true`.
    const answer = await connection.tell("say", text);
    if (answer !== true) throw new Error(answer);
    line("own", own, text);
    byId("text").value = "";
    byId("problem").textContent = "";
  } catch {
    byId("problem").textContent = "Your text was not delivered. Please try again.";
  }
  byId("say").disabled = byId("state").dataset.state !== "connected";
  byId("text").focus();
});

byId("sign-in").href = signInUrl();
byId("sign-out").href = signOutUrl();

try {
  own = await whoIsIt();
  if (own === undefined) {
    show("door");
  } else if (window.io) {
    byId("who").textContent = own;
    show("room");
    const handlers = {
      said: (who, text) => line("said", who, text),
      arrived: (who) => line("note", who, "is here"),
      left: (who) => line("note", who, "has left"),
    };
    connection = openConnection("negotiate", handlers, showState);
  } else {
    byId("problem").textContent = "The Socket.IO client library could not be loaded. Check your connection and reload the page.";
  }
} catch {
  byId("problem").textContent = "Could not find out who you are. Check your connection and reload the page.";
}
