// The page: listens to prices, and asks for those it has missed.

import { drawChart, money } from "./chart.js";
import { openConnection } from "./connection.js";

/** Seconds that the chart shows; the app's history is as long. */
const SPAN = 120;

const byId = (id) => document.getElementById(id);

/** Prices by second. Each comes from the clock, so it does not matter who told it, or how often. */
const prices = new Map();

function heard(quotes) {
  for (const { at, cents } of quotes) prices.set(at, cents);
  const latest = Math.max(...prices.keys());
  for (const at of prices.keys()) if (at <= latest - SPAN) prices.delete(at);
  show();
}

function show() {
  const quotes = [...prices].map(([at, cents]) => ({ at, cents })).sort((one, other) => one.at - other.at);
  drawChart(quotes, SPAN);
  if (quotes.length === 0) return;
  const [first, last] = [quotes[0], quotes.at(-1)];

  const price = byId("price");
  price.textContent = money(last.cents);
  price.dataset.at = last.at;
  document.title = `${money(last.cents)} · Ticker`;

  const percent = (100 * (last.cents - first.cents)) / first.cents;
  const way = Math.sign(last.cents - first.cents);
  const change = byId("change");
  change.dataset.way = ["down", "same", "up"][way + 1];
  change.textContent = `${["▼", "", "▲"][way + 1]} ${Math.abs(percent).toFixed(2)} % in two minutes`.trim();
}

/** What was told before this page listened, or while it could not. */
async function catchUp() {
  try {
    const response = await fetch("history", { cache: "no-store" });
    if (response.ok) heard(await response.json());
  } catch {
    // The next price comes within a second, and the line closes the gap.
  }
}

function showState(state) {
  byId("state").dataset.state = state;
  if (byId("state").textContent !== state) byId("state").textContent = state;
  if (state === "connected") catchUp();
}

function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = false;
}

new ResizeObserver(show).observe(byId("chart"));
if (window.io) {
  openConnection("negotiate", { price: (quote) => heard([quote]) }, showState);
} else {
  showState("offline");
  trouble("The Socket.IO client library could not be loaded. Check your connection and reload the page.");
}
