// Everything of the page around the messages: start screen, sidebar, heading, connection state.

import { avatar, byId, element, icon } from "./dom.js";

const narrow = matchMedia("(max-width: 720px)");

/** The start screen, with a word on why the last attempt did not lead further. */
export function showStart(name, problem = "") {
  byId("chat").hidden = true;
  byId("start").hidden = false;
  byId("name").value = name;
  startProblem(problem);
  byId("name").focus();
}

export function startProblem(problem) {
  // An alert is read out whenever it is written, so it is written only when it says something else.
  if (byId("start-problem").textContent !== problem) byId("start-problem").textContent = problem;
}

export function startState(state) {
  const button = byId("start-form").querySelector("button");
  button.textContent = state?.kind === "connecting" ? "Connecting…" : "Join";
  if (state?.kind === "offline") startProblem("The chat cannot be reached at the moment. Trying again…");
}

export function showChat(name) {
  byId("start").hidden = true;
  byId("chat").hidden = false;
  byId("my-name").textContent = name;
  avatar(name, byId("my-avatar"));
}

/** The state in the heading, and below it what to do about it. */
export function showState(state) {
  const label = byId("state");
  label.dataset.state = state.kind;
  if (label.textContent !== state.kind) label.textContent = state.kind;

  const trouble = { offline: `No connection. Trying again in ${state.seconds} s.`, rejected: state.message }[state.kind];
  // While an attempt runs the line stays as it is, or it would flicker on every try.
  if (trouble) byId("trouble-text").textContent = trouble;
  else if (state.kind === "connecting") byId("trouble-text").textContent = "No connection. Trying now…";
  byId("trouble").hidden = state.kind === "connected";
}

/** `conversation` is undefined when nothing is open. */
export function showHeading(conversation) {
  const person = conversation?.kind === "person";
  byId("title").textContent = conversation ? conversation.name : "No room";
  byId("title").classList.toggle("room", Boolean(conversation) && !person);
  byId("subtitle").textContent = person ? `Private, for the person called ${conversation.name}` : "";
  byId("leave").hidden = !conversation;
  byId("leave").textContent = person ? "Close" : "Leave";
  byId("leave").setAttribute("aria-label", person ? "Close this conversation" : "Leave this room");

  byId("composer").hidden = !conversation;
  byId("text").placeholder = conversation ? `Message ${person ? conversation.name : `#${conversation.name}`}` : "";
  byId("empty").textContent = conversation ? "" : "Join a room from the list to talk to somebody.";
}

export function showSidebar(conversations, open, onOpen) {
  const entry = (conversation) => {
    const { name, kind, unread } = conversation;
    const button = element(
      "button",
      { type: "button", "data-testid": "entry", "data-key": conversation.key, onclick: () => onOpen(conversation) },
      kind === "person" ? avatar(name) : element("span", { class: "hash", "aria-hidden": "true" }, "#"),
      element("span", { class: "label" }, name),
      unread > 0 ? badge(unread) : "",
    );
    if (conversation === open) button.setAttribute("aria-current", "page");
    return element("li", {}, button);
  };
  // The list is built anew; the keyboard must not lose its place.
  const focused = document.activeElement?.dataset.key;
  byId("rooms").replaceChildren(...conversations.rooms().map(entry));
  byId("people").replaceChildren(...conversations.people().map(entry));
  byId("people-hint").hidden = conversations.people().length > 0;
  if (focused) byId("sidebar").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();

  const unread = conversations.unread();
  byId("total-unread").hidden = unread === 0;
  byId("total-unread").textContent = short(unread);
  document.title = `${unread ? `(${short(unread)}) ` : ""}${open?.name ?? "Chat"} · socketio-functions`;
}

function badge(count) {
  return element(
    "span",
    { class: "badge", "data-testid": "unread" },
    short(count),
    element("span", { class: "visually-hidden" }, " unread"),
  );
}

const short = (count) => (count > 99 ? "99+" : String(count));

export function joinProblem(problem) {
  byId("join-problem").textContent = problem;
}

/** For those who hear the page. The list itself is not live: it would be read out whenever another room is opened. */
export function announce(text) {
  const announcer = byId("announcer");
  announcer.append(element("p", {}, text));
  while (announcer.children.length > 5) announcer.firstChild.remove();
}

/** On a narrow screen the sidebar is a drawer. */
export function setDrawer(open) {
  const held = byId("sidebar").contains(document.activeElement);
  byId("chat").classList.toggle("drawer", open);
  byId("drawer-open").setAttribute("aria-expanded", String(open));
  byId("sidebar").inert = narrow.matches && !open;
  byId("conversation").inert = narrow.matches && open;
  if (narrow.matches && open) byId("drawer-close").focus();
  // What is inert loses the focus, and the keyboard would start from the top of the page.
  else if (narrow.matches && held) byId("drawer-open").focus();
}

narrow.addEventListener("change", () => setDrawer(false));
setDrawer(false);

/** The composer grows with its text. */
export function fitText() {
  const text = byId("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}
