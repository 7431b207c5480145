// The page: what is drawn here goes to the others, and what they draw comes in.

import { board } from "./board.js";
import { openConnection } from "./connection.js";
import { pen } from "./pen.js";
import { colourOf, ownLabel, peopleList } from "./people.js";

const NEWS = 4000;

const byId = (id) => document.getElementById(id);

const own = ownLabel();
const people = peopleList(byId("people"), own);
const canvas = byId("board");
const surface = board(canvas);
let connection;

const drawing = pen(canvas, {
  point: surface.point,
  mayDraw: () => Boolean(connection?.connected),
  onLine: (points) => draw([points], own),
  send: (lines) => connection.told("draw", lines),
});

function draw(lines, who) {
  byId("empty").hidden = true;
  surface.draw(lines, colourOf(who));
}

function drawn(who, lines) {
  people.add(who);
  draw(lines, who);
}

function cleared(who) {
  // Lines of before must not come back after it.
  drawing.lift();
  surface.clear();
  byId("empty").hidden = false;
  tell(who === own ? "You cleared the board." : "Somebody cleared the board.");
}

byId("clear").addEventListener("click", async () => {
  byId("clear").disabled = true;
  const done = await connection.told("clear");
  byId("clear").disabled = !connection.connected;
  if (!done) tell("The board could not be cleared. Please try again.");
});

let news;
function tell(text) {
  clearTimeout(news);
  byId("news").textContent = text;
  news = setTimeout(() => (byId("news").textContent = ""), NEWS);
}

function showState(state) {
  for (const id of ["state", "frame"]) byId(id).dataset.state = state;
  if (byId("state").textContent !== state) byId("state").textContent = state;
  byId("clear").disabled = state !== "connected";
  // What cannot be sent is not drawn either: it would be on this page alone.
  if (state !== "connected") drawing.lift();
}

if (window.io) {
  connection = openConnection(`negotiate?guest=${own}`, { drawn, cleared }, showState);
} else {
  showState("offline");
  byId("news").textContent = "The Socket.IO client library could not be loaded. Check your connection and reload the page.";
}
