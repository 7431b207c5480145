// What is there now: the app's links, connections, faults and clock. Traces are in traces.js.

import { badge, byId, call, el } from "./page.js";
import * as traces from "./traces.js";

// Names

const encode = (text) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

function decode(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

const groupOf = (namespace, room = "") => `0~${encode(namespace)}~${encode(room)}`;

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

let state = { hubs: [], app: [], faults: {}, clock: { now: 0, speed: 1 } };
let shownConnections = "";
let shownLinks = "";

function showState() {
  showLinks();
  const count = (of) => state.hubs.reduce((sum, hub) => sum + of(hub), 0);
  const users = new Set(state.hubs.flatMap((hub) => hub.connections.map((c) => c.user)).filter(Boolean));
  const figures = {
    Endpoint: state.endpoint,
    Connections: count((hub) => hub.connections.length + (hub.more ?? 0)),
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

/** What the function app serves. A route with parameters, or for the service alone, is not a link. */
function showLinks() {
  const text = JSON.stringify(state.app);
  if (text === shownLinks) return;
  shownLinks = text;
  byId("app").hidden = state.app.length === 0;
  byId("links").replaceChildren(
    ...state.app.map(({ name, url, opens }) =>
      el(
        "li",
        {},
        opens ? el("a", { href: url, target: "_blank", rel: "noopener" }, name) : el("span", {}, name),
        el("span", { className: "id" }, url),
      ),
    ),
  );
}

function showHub(hub) {
  const more = hub.more ?? 0;
  return [
    el("div", { className: "hub" }, `Hub ${hub.name}`),
    ...hub.connections.map((c) => showConnection(hub.name, c)),
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

async function refresh() {
  state = await call("GET", `state?most=${MOST_CONNECTIONS}`);
  showState();
}

async function look() {
  try {
    await refresh();
    await traces.look();
    byId("live").classList.add("on");
  } catch {
    byId("live").classList.remove("on");
  }
  setTimeout(look, document.hidden ? 3000 : 500);
}

byId("send-all").onclick = () => askSend(state.hubs[0]?.name ?? "hub", {});
byId("expire").onclick = () => act("faults", { tokens: { issuedUntil: Math.floor(state.clock.now / 1000) } });
byId("clear-faults").onclick = async () => {
  await call("DELETE", "faults");
  await refresh();
};
document.querySelectorAll("[data-fault]").forEach((button) => (button.onclick = () => act("faults", JSON.parse(button.dataset.fault))));
document.querySelectorAll("[data-clock]").forEach((button) => (button.onclick = () => act("clock", JSON.parse(button.dataset.clock))));

look();
