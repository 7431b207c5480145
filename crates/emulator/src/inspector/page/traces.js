// Traces: one row each, which opens into its steps as a waterfall.

import { badge, byId, call, el } from "./page.js";

/** Rows that are drawn; the oldest go first. */
const MOST_ROWS = 400;

/** Rows by the trace's id. */
const rows = new Map();
let from = 0;
let paused = false;

const clock = (micros) => {
  const date = new Date(micros / 1000);
  return `${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, "0")}`;
};
const milliseconds = (took) => `${took < 100 ? took.toFixed(1) : Math.round(took)} ms`;
const clients = (count) => (count === 1 ? "1 client" : `${count} clients`);

const OUTCOMES = {
  running: ["running", ""],
  ok: ["ok", "good"],
  acked: ["acked", "good"],
  refused: ["refused", "note"],
  unhandled: ["unhandled", "bad"],
  failed: ["failed", "bad"],
};

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
      badge(trace.ack?.length ? `${word} ${trace.ack.join(" ")}` : word, kind),
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
  row.item.hidden = !fits(trace);
  if (row.details.open) showSteps(row);
}

/** A path with its rooms in clear: a group is 0~NAMESPACE~ROOM, both in base64url. */
function inClear(path) {
  return path.replace(/0~([\w-]+)~([\w-]*)/g, (group, ...parts) => {
    try {
      const [namespace, room] = parts.slice(0, 2).map((part) => {
        const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0));
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      });
      const words = room === "" ? `all of ${namespace}` : `room ${room}`;
      return namespace === "/" || room === "" ? words : `${words} of ${namespace}`;
    } catch {
      return group;
    }
  });
}

/** What happened at a step: where, in words, and how long it took. */
function inWords(step) {
  switch (step.kind) {
    case "opened": return ["client", `opened by ${step.transport}`];
    case "refused": return ["client", `refused with ${step.status}: ${step.reason}`];
    case "connected": return ["client", "joined its namespace"];
    case "rejected": return ["client", `refused: ${step.message}`];
    case "event": return ["client", `${step.event}, ${step.bytes} bytes${step.ack ? ", wants an ack" : ""}`];
    case "try": return ["webhook", `try ${step.number} failed: ${step.problem}`];
    case "webhook": {
      const tries = step.tries > 1 ? `, ${step.tries} tries` : "";
      return ["webhook", `${step.event}: ${step.status ?? step.error}${step.packets ? ", with packets" : ""}${tries}`];
    }
    case "unmatched": return ["webhook", `no event handler takes ${step.event}`];
    case "rest": return ["service", `${step.method} ${inClear(step.path)}: ${step.status}${step.error ? `: ${step.error}` : ""}`];
    case "delivered": return ["delivered", `${step.event} → ${step.to} (${clients(step.clients)})`];
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
  step.error !== undefined || step.status >= 400 || step.level === "error" || ["try", "unmatched", "dropped", "retrying"].includes(step.kind);

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

const has = (text, word) => (text ?? "").toLowerCase().includes(word);

/** Whether a trace fits all filters. */
function fits(trace) {
  const wanted = (name) => byId(`filter-${name}`).value.trim().toLowerCase();
  const rooms = (trace.sent ?? []).map((sent) => sent.to).join("\n");
  const outcome = wanted("outcome");
  const wrong = (trace.findings ?? []).some((found) => found.level === "bad") || trace.outcome === "failed";
  return (
    has(trace.name, wanted("event")) &&
    has(trace.user, wanted("user")) &&
    has(rooms, wanted("room")) &&
    (outcome === "" || (outcome === "wrong" ? wrong : trace.outcome === outcome))
  );
}

function show(trace) {
  let row = rows.get(trace.id);
  if (!row) {
    row = { summary: el("summary"), steps: el("div", { className: "steps" }) };
    row.details = el("details", { ontoggle: () => row.details.open && showSteps(row) }, row.summary, row.steps);
    row.item = el("li", { dataset: { trace: trace.id } }, row.details);
    rows.set(trace.id, row);
    byId("traces").prepend(row.item);
    if (rows.size > MOST_ROWS) {
      const [oldest, old] = rows.entries().next().value;
      old.item.remove();
      rows.delete(oldest);
    }
  }
  row.trace = trace;
  showRow(row);
}

function forget() {
  rows.clear();
  byId("traces").replaceChildren();
  byId("nothing").hidden = false;
}

/** Fetches what has changed. */
export async function look() {
  if (paused) return;
  const { next, traces } = await call("GET", `traces?from=${from}`);
  // An emulator that was started anew counts from the beginning again.
  if (next < from) {
    forget();
    from = 0;
    return;
  }
  from = next;
  traces.reverse().forEach(show);
  byId("nothing").hidden = rows.size > 0;
}

for (const name of ["event", "user", "room", "outcome"]) {
  byId(`filter-${name}`).oninput = () => rows.forEach((row) => (row.item.hidden = !fits(row.trace)));
}
byId("pause").onclick = () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
};
byId("clear").onclick = forget;
