// Shows what the emulator is doing. Everything that comes from outside is set as text, never as markup.

const byId = (id) => document.getElementById(id);

/** An element with properties and children; strings become text. */
function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  const { dataset = {}, ...rest } = props;
  Object.assign(element, rest);
  Object.assign(element.dataset, dataset);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const badge = (text, kind = "") => el("span", { className: `badge ${kind}`, title: text }, text);

async function call(method, name, body) {
  const response = await fetch(`/_emulator/${name}`, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const json = response.headers.get("content-type")?.startsWith("application/json");
  const value = json ? await response.json() : {};
  if (!response.ok) throw new Error(value.error ?? `the emulator answered ${response.status}`);
  return value;
}

// Names

const encode = (text) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

function decode(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

const groupOf = (namespace, room = "") => `0~${encode(namespace)}~${encode(room)}`;

/** A path of REST in words: without the hub, and groups by the names of their rooms. */
function shortPath(path) {
  const [, rest = path] = /\/hubs\/[^/]*(.*)$/s.exec(path) ?? [];
  return rest.replace(/0~[\w-]*~[\w-]*/g, (group) => {
    const { namespace, room } = roomOf(group) ?? {};
    if (namespace === undefined) return group;
    if (!room) return `all of ${namespace}`;
    return namespace === "/" ? room : `${namespace} ${room}`;
  });
}

/** The namespace and room that a group stands for, or null. */
function roomOf(group) {
  const parts = group.split("~");
  if (parts.length !== 3 || parts[0] !== "0") return null;
  try {
    return { namespace: decode(parts[1]), room: decode(parts[2]) };
  } catch {
    return null;
  }
}

// Connections

/** Connections of a hub that are drawn; a browser does not want thousands of rows. */
const MOST_CONNECTIONS = 200;

let state = { hubs: [], faults: {}, clock: { now: 0, speed: 1 } };
let shownConnections = "";

function showState() {
  const count = (of) => state.hubs.reduce((sum, hub) => sum + of(hub), 0);
  const users = new Set(state.hubs.flatMap((hub) => hub.connections.map((c) => c.user)).filter(Boolean));
  const figures = {
    Endpoint: state.endpoint,
    Connections: count((hub) => hub.connections.length),
    Sockets: count((hub) => hub.connections.reduce((sum, c) => sum + c.sockets.length, 0)),
    Users: users.size,
    Clock: `${new Date(state.clock.now).toLocaleTimeString([], { hour12: false })}${state.clock.speed === 1 ? "" : ` × ${state.clock.speed}`}`,
  };
  byId("figures").replaceChildren(
    ...Object.entries(figures).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))),
  );
  const faults = Object.entries(state.faults).filter(([, fault]) => fault);
  byId("fault-badge").hidden = faults.length === 0;
  byId("fault-badge").textContent = faults
    .map(([name, fault]) => (fault.calls ? `${name}: ${fault.calls} to come` : name))
    .join(", ");

  const text = JSON.stringify(state.hubs);
  if (text === shownConnections) return;
  shownConnections = text;
  const hubs = state.hubs.filter((hub) => hub.connections.length > 0);
  byId("connections").replaceChildren(
    ...(hubs.length ? hubs.flatMap(showHub) : [el("p", { className: "empty" }, "No client is connected.")]),
  );
}

function showHub(hub) {
  const more = hub.connections.length - MOST_CONNECTIONS;
  return [
    el("div", { className: "hub" }, `Hub ${hub.name}`),
    ...hub.connections.slice(0, MOST_CONNECTIONS).map((c) => showConnection(hub.name, c)),
    ...(more > 0 ? [el("p", { className: "empty" }, `and ${more} more, which the control API lists`)] : []),
  ];
}

function showConnection(hub, connection) {
  const rooms = connection.groups.map((group) => ({ group, ...roomOf(group) }));
  const others = rooms.filter((room) => room.namespace === undefined);
  const button = (name, title, action) => el("button", { className: "small", title, onclick: action }, name);
  return el(
    "div",
    { className: "connection", dataset: { connection: connection.id } },
    el(
      "div",
      { className: "who" },
      el("strong", { title: connection.user ?? "no user" }, connection.user ?? "anonymous"),
      el(
        "div",
        { className: "buttons" },
        button("Send", "Send to this connection", () => askSend(hub, { connection: connection.id })),
        button("Join", "Put it into a room", () => askJoin(hub, connection)),
        button("Kick", "Close it, with a word to the client", () => askKick(hub, connection)),
        button("Drop", "Cut it off without a word", () => act("drop", { hub, connection: connection.id })),
      ),
    ),
    el(
      "div",
      { className: "socket" },
      el("span", { className: "id", title: "connection id" }, connection.id),
      badge(connection.transport),
    ),
    ...connection.sockets.map((socket) =>
      el(
        "div",
        { className: "socket" },
        badge(socket.namespace, socket.live ? "good" : ""),
        el("span", { className: "id", title: "socket id" }, socket.id),
        ...rooms
          .filter((room) => room.namespace === socket.namespace && room.room && room.room !== socket.id)
          .map((room) => badge(room.room, "note")),
      ),
    ),
    others.length ? el("div", { className: "socket" }, ...others.map((room) => badge(room.group))) : null,
  );
}

// Asking

/** Asks for fields and does something with them; stays open while that fails. */
function ask(title, fields, action) {
  byId("dialog-title").textContent = title;
  byId("problem").textContent = "";
  const inputs = {};
  byId("fields").replaceChildren(
    ...fields.map(({ name, label, value = "", rows }) => {
      inputs[name] = rows ? el("textarea", { value }) : el("input", { value });
      inputs[name].name = name;
      return el("label", {}, label, inputs[name]);
    }),
  );
  byId("submit").onclick = async (event) => {
    event.preventDefault();
    try {
      await action(Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value])));
      byId("dialog").close();
      await refresh();
    } catch (error) {
      byId("problem").textContent = error.message;
    }
  };
  byId("dialog").showModal();
}

async function act(name, body) {
  await call("POST", name, body).catch((error) => alert(error.message));
  await refresh();
}

function askSend(hub, to) {
  const whom = [
    { name: "namespace", label: "Namespace", value: "/" },
    { name: "room", label: "Room or socket id; empty for the whole namespace" },
  ];
  ask(
    to.connection ? `Send to ${to.connection}` : "Send to clients",
    [
      ...(to.connection ? whom.slice(0, 1) : [{ name: "hub", label: "Hub", value: hub }, ...whom]),
      { name: "event", label: "Event", value: "message" },
      { name: "args", label: "Arguments, JSON separated by commas", value: '"hello"', rows: true },
    ],
    ({ hub: named = hub, namespace, room = "", event, args }) => {
      let list;
      try {
        list = JSON.parse(`[${args}]`);
      } catch (error) {
        throw new Error(`the arguments are not JSON: ${error.message}`);
      }
      const place = namespace === "/" ? "" : `${namespace},`;
      const payload = `42${place}${JSON.stringify([event, ...list])}`;
      return call("POST", "send", { hub: named, payload, ...(to.connection ? to : { group: groupOf(namespace, room) }) });
    },
  );
}

function askJoin(hub, connection) {
  ask(
    `Rooms of ${connection.user ?? connection.id}`,
    [
      { name: "namespace", label: "Namespace", value: connection.sockets[0]?.namespace ?? "/" },
      { name: "room", label: "Room to join" },
    ],
    ({ namespace, room }) => {
      if (!room) throw new Error("which room?");
      return call("POST", "join", { hub, connection: connection.id, group: groupOf(namespace, room) });
    },
  );
}

function askKick(hub, connection) {
  ask(`Kick ${connection.user ?? connection.id}`, [{ name: "reason", label: "Reason", value: "kicked" }], ({ reason }) =>
    call("POST", "kick", { hub, connection: connection.id, reason }),
  );
}

// Timeline: one row for each event, with its hops

const MOST_ROWS = 500;
const rows = new Map();
let after = 0;
let paused = false;

const clock = (time) => {
  const date = new Date(time);
  return `${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, "0")}`;
};

function chip(hop) {
  switch (hop.kind) {
    case "webhook": {
      const [, rest = hop.text] = / -> webhook (.*)$/s.exec(hop.text) ?? [];
      return badge(`webhook ${rest}`, hop.ok ? "good" : "bad");
    }
    case "rest":
      return badge(hop.text.replace(/^\S+ \S+ /, ""), hop.ok ? "good" : "bad");
    case "delivered":
      return badge(hop.text.replace(/^.* -> /s, "→ "), "note");
    case "event":
      return / wants an ack/.test(hop.text) ? badge("wants an ack") : null;
    default:
      return badge(hop.text, hop.ok ? "" : "bad");
  }
}

function titleOf(hops) {
  const [first] = hops;
  const webhook = hops.find((hop) => hop.kind === "webhook");
  if (first.kind === "rest" || hops.some((hop) => hop.kind === "rest")) {
    const rest = hops.find((hop) => hop.kind === "rest");
    const delivered = hops.find((hop) => hop.kind === "delivered");
    return delivered ? delivered.name : rest.text.replace(/^(\S+) (\S+) .*$/s, (_, method, path) => `${method} ${shortPath(path)}`);
  }
  return first.name || webhook?.name || first.kind;
}

function showRow(row) {
  const { hops } = row;
  const [first] = hops;
  const waiting = first.kind === "event" && hops.length === 1;
  const where = [first.namespace, first.socket ?? first.connection].filter(Boolean).join(" ");
  row.summary.replaceChildren(
    el("time", {}, clock(first.time)),
    el("span", { className: "title", title: titleOf(hops) }, titleOf(hops)),
    el(
      "span",
      { className: "chips" },
      ...hops.map(chip).filter(Boolean),
      waiting ? badge("not answered yet") : null,
      el("span", { className: "id" }, where),
    ),
  );
  row.detail.replaceChildren(
    ...hops.map((hop) =>
      el(
        "div",
        { className: "hop" },
        el("time", {}, `+${hop.time - first.time} ms`),
        el("div", {}, el("span", {}, hop.text), hop.body ? el("pre", {}, hop.body.replaceAll("\u001e", "␞")) : null),
      ),
    ),
  );
  row.text = JSON.stringify(hops).toLowerCase();
}

const fits = (row) => row.text.includes(byId("filter").value.trim().toLowerCase());

function addHop(hop) {
  const key = hop.trace === null ? Symbol("single") : hop.trace;
  let row = rows.get(key);
  if (!row) {
    row = { hops: [], summary: el("summary"), detail: el("div", { className: "hops" }) };
    row.item = el("li", { dataset: { kind: hop.kind } }, el("details", {}, row.summary, row.detail));
    rows.set(key, row);
    byId("timeline").prepend(row.item);
    if (rows.size > MOST_ROWS) {
      const [oldest, old] = rows.entries().next().value;
      old.item.remove();
      rows.delete(oldest);
    }
  }
  row.hops.push(hop);
  showRow(row);
  row.item.hidden = !fits(row);
}

function forget() {
  rows.clear();
  byId("timeline").replaceChildren();
  byId("nothing").hidden = false;
}

async function refresh() {
  state = await call("GET", "state");
  showState();
}

async function look() {
  try {
    await refresh();
    if (!paused) {
      const { next, hops } = await call("GET", `hops?after=${after}`);
      // An emulator that was started anew counts from 0 again.
      if (next < after) forget();
      after = next;
      hops.forEach(addHop);
      byId("nothing").hidden = rows.size > 0;
    }
    byId("live").classList.add("on");
  } catch {
    byId("live").classList.remove("on");
  }
  setTimeout(look, document.hidden ? 3000 : 500);
}

byId("filter").oninput = () => rows.forEach((row) => (row.item.hidden = !fits(row)));
byId("pause").onclick = () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
};
byId("clear").onclick = forget;
byId("send-all").onclick = () => askSend(state.hubs[0]?.name ?? "hub", {});
byId("expire").onclick = () => act("faults", { tokens: { issuedUntil: Math.floor(state.clock.now / 1000) } });
byId("clear-faults").onclick = async () => {
  await call("DELETE", "faults");
  await refresh();
};
document.querySelectorAll("[data-fault]").forEach((button) => (button.onclick = () => act("faults", JSON.parse(button.dataset.fault))));
document.querySelectorAll("[data-clock]").forEach((button) => (button.onclick = () => act("clock", JSON.parse(button.dataset.clock))));

look();
