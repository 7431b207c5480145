// Traces: one row each, which opens into its steps as a waterfall.

import { badge, byId, call, el } from "./page.js";

const NOTHING = "Nothing has happened yet. Connect a client, and its events appear here.";

/** Rows that are drawn; the oldest go first. */
const MOST_ROWS = 400;

/** Rows by the trace's id. */
const rows = new Map();
let from = 0;
/** Where the reader has cleared the list. */
let cleared = 0;
let paused = false;

const clock = (micros) => {
  const date = new Date(micros / 1000);
  return `${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, "0")}`;
};
const milliseconds = (took) => `${took < 100 ? took.toFixed(1) : Math.round(took)} ms`;
const bytes = (count) => (count === 1 ? "1 byte" : `${count} bytes`);
const clients = (count) => (count === 1 ? "1 client" : `${count} clients`);

const OUTCOMES = {
  running: ["running", ""],
  ok: ["ok", "good"],
  acked: ["acked", "good"],
  refused: ["refused", "note"],
  unhandled: ["unhandled", "bad"],
  failed: ["failed", "bad"],
};

/** Whether an author should look at it, also where the outcome is a success. */
const isWrong = ({ outcome, findings = [] }) =>
  ["failed", "unhandled"].includes(outcome) || findings.some(({ level }) => level === "bad");

function showRow(row) {
  const { trace } = row;
  const [word, kind] = OUTCOMES[trace.outcome] ?? [trace.outcome, ""];
  const said = trace.arguments ?? [];
  const place = [trace.namespace !== "/" && trace.namespace, trace.socket].filter(Boolean).join(" ");
  row.summary.replaceChildren(
    el("time", {}, clock(trace.began)),
    el("span", { className: "user", title: trace.user ?? "" }, trace.user ?? ""),
    el(
      "span",
      { className: "what" },
      el("span", { className: "title" }, trace.name),
      said.length ? el("code", { className: "said" }, said.join(" ")) : null,
    ),
    el(
      "span",
      { className: "chips" },
      badge(trace.ack?.length ? `${word} ${trace.ack.join(" ")}` : word, isWrong(trace) ? "bad" : kind),
      trace.took === undefined ? null : el("span", { className: "took" }, milliseconds(trace.took)),
      ...(trace.sent ?? []).map((sent) => {
        const to = sent.to ? `${sent.to} (${clients(sent.clients)})` : clients(sent.clients);
        return badge(`→ ${sent.event} ${to}`, sent.clients ? "sent" : "note");
      }),
      el("span", { className: "id" }, place),
    ),
    ...(trace.findings ?? []).map((found) => el("span", { className: `finding ${found.level}` }, found.text)),
  );
  row.item.dataset.outcome = trace.outcome;
  row.item.classList.toggle("wrong", isWrong(trace));
  if (row.details.open) showSteps(row);
}

/** What happened at a step: where, in words, and how long it took. */
function inWords(step) {
  switch (step.kind) {
    case "opened": return ["client", `opened by ${step.transport}`];
    case "refused": return ["client", `refused with ${step.status}: ${step.reason}`];
    case "connected": return ["client", "joined its namespace"];
    case "rejected": return ["client", `refused: ${step.message}`];
    case "event": return ["client", `${step.event}, ${bytes(step.bytes)}${step.ack ? ", wants an ack" : ""}`];
    case "try": return ["webhook", `try ${step.number} failed: ${step.problem}`];
    case "webhook": {
      const tries = step.tries > 1 ? `, ${step.tries} tries` : "";
      return ["webhook", `${step.event}: ${step.status ?? step.error}${step.bytes ? `, ${bytes(step.bytes)} of packets` : ""}${tries}`];
    }
    case "unhandled": return ["host", step.problem];
    case "unmatched": return ["webhook", `no event handler takes ${step.event}`];
    case "rest": return ["service", `${step.method} ${step.words}${step.bytes ? ` (${bytes(step.bytes)})` : ""}: ${step.status}${step.error ? `: ${step.error}` : ""}`];
    case "delivered": return ["delivered", `${step.event} → ${step.to} (${clients(step.clients)}, ${bytes(step.bytes)})`];
    case "dropped": return ["delivered", step.problem];
    case "disconnected": return ["client", `left its namespace ${step.reason}`];
    case "closed": return ["client", `closed: ${step.reason}`];
    case "invoked": return ["host", `${step.function} ${step.method} ${step.path} ${step.mode}`];
    case "answered": return ["host", `${step.function}: ${step.status}${step.error ? `: ${step.error}` : ""}`];
    case "retrying": return ["host", `retry ${step.retry}: ${step.problem}`];
    case "unrouted": return ["host", `${step.method} ${step.path}: ${step.status}, no function has this route`];
    case "log": return ["log", `${step.level}: ${step.text}`];
    case "output": return ["output", step.text];
    case "action": return ["output", `sent ${step.action}`];
    default: return [step.kind, ""];
  }
}

const isBad = (step) =>
  step.error !== undefined || step.status >= 400 || step.level === "error" || ["try", "unhandled", "unmatched", "dropped", "retrying"].includes(step.kind);

async function showSteps(row) {
  const whole = await call("GET", `trace?id=${encodeURIComponent(row.trace.id)}`).catch((error) => ({ problem: error.message }));
  if (whole.problem) return row.steps.replaceChildren(el("p", { className: "empty" }, whole.problem));
  const steps = whole.steps.map((step) => ({ ...step, start: step.at - (step.took ?? 0) * 1000 }));
  steps.sort((a, b) => a.start - b.start);
  const begin = Math.min(...steps.map((step) => step.start));
  const length = Math.max(...steps.map((step) => step.at)) - begin || 1;
  const percent = (micros) => `${((micros / length) * 100).toFixed(2)}%`;
  row.steps.replaceChildren(
    ...steps.map((step) => {
      const [place, text] = inWords(step);
      const bar = el("span", {
        className: `band ${place}${isBad(step) ? " bad" : ""}`,
        style: { left: percent(step.start - begin), width: step.took === undefined ? "0" : percent(step.at - step.start) },
      });
      return el(
        "div",
        { className: `step${isBad(step) ? " bad" : ""}`, dataset: { kind: step.kind } },
        el("time", {}, `+${((step.start - begin) / 1000).toFixed(1)} ms`),
        el("span", { className: "place" }, place),
        el(
          "div",
          { className: "told" },
          el("span", {}, text, step.took === undefined ? "" : ` in ${milliseconds(step.took)}`),
          el("div", { className: "track", ariaHidden: "true" }, bar),
          step.derived ? el("span", { className: "derived" }, `derived: ${step.derived}`) : null,
          step.body ? el("pre", { tabIndex: 0 }, step.body.replaceAll("\u001e", "␞")) : null,
        ),
      );
    }),
    whole.leftOut ? el("p", { className: "empty" }, `and ${whole.leftOut} more steps`) : "",
  );
}

const FILTERS = ["event", "user", "room", "outcome"];

/** What is asked for: changes since the last look, of traces that fit all filters. */
function question() {
  const question = new URLSearchParams({ from });
  for (const name of FILTERS) {
    const word = byId(`filter-${name}`).value.trim();
    if (word !== "") question.append("filter", `${name}=${word}`);
  }
  return question.toString();
}

function show(trace) {
  let row = rows.get(trace.id);
  if (!row) {
    row = { summary: el("summary"), steps: el("div", { className: "steps" }) };
    row.details = el("details", { ontoggle: () => row.details.open && showSteps(row) }, row.summary, row.steps);
    row.item = el("li", { dataset: { trace: trace.id } }, row.details);
    rows.set(trace.id, row);
    byId("traces").prepend(row.item);
    if (rows.size > MOST_ROWS) remove(rows.keys().next().value);
  }
  row.trace = trace;
  showRow(row);
}

function remove(id) {
  rows.get(id)?.item.remove();
  rows.delete(id);
}

function forget() {
  rows.clear();
  byId("traces").replaceChildren();
  byId("nothing").hidden = true;
}

function showEmpty() {
  const filtered = FILTERS.some((name) => byId(`filter-${name}`).value.trim() !== "");
  byId("nothing").textContent = filtered ? "No trace fits the filters." : NOTHING;
  byId("nothing").hidden = rows.size > 0;
}

/** Fetches what has changed. */
export async function look() {
  if (!paused) await fetchChanges();
}

async function fetchChanges() {
  const asked = question();
  const { next, traces, others } = await call("GET", `traces?${asked}`);
  // Another look was faster, or the filters are others by now.
  if (asked !== question()) return;
  // An emulator that was started anew counts from the beginning again.
  if (next < from) {
    from = cleared = 0;
    forget();
    return;
  }
  from = next;
  others.forEach(remove);
  traces.reverse().forEach(show);
  showEmpty();
}

for (const name of FILTERS) {
  byId(`filter-${name}`).oninput = () => {
    // The emulator looks through all that it remembers, which is more than the rows here.
    from = cleared;
    forget();
    fetchChanges().catch(() => {});
  };
}
byId("pause").onclick = () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
};
byId("clear").onclick = () => {
  cleared = from;
  forget();
  showEmpty();
};
