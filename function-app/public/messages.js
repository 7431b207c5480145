// The list of messages of the conversation that is open.

import { KEPT } from "./conversations.js";
import { avatar, byId, clock, element, icon } from "./dom.js";

const DELIVERY = {
  waiting: { icon: "clock", label: "Waiting for the connection" },
  sending: { icon: "clock", label: "Sending" },
  sent: { icon: "tick", label: "Delivered to the chat" },
  failed: { icon: "warning", label: "Not delivered" },
};

/** `onPerson(name)` when a name is chosen, `onRetry(item)` to send a message again. */
export function messageList({ onPerson, onRetry }) {
  const list = byId("messages");
  const scroller = byId("scroller");
  const jump = byId("jump");

  jump.addEventListener("click", toEnd);
  scroller.addEventListener("scroll", () => {
    if (atEnd()) jump.hidden = true;
  });

  function atEnd() {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
    jump.hidden = true;
  }

  function render(item) {
    const row = item.type === "note" ? note(item) : message(item);
    row.dataset.item = item.id;
    return row;
  }

  /** The list itself knows its rows: a register beside it would keep those that have left. */
  function rowOf(item) {
    return list.querySelector(`[data-item="${item.id}"]`);
  }

  function note(item) {
    const who = item.who && person(item.who);
    return element("li", { class: "note", "data-testid": "note" }, ...(who ? [who, " "] : []), item.text);
  }

  function message(item) {
    const own = Boolean(item.delivery);
    const row = element("li", {
      class: `message${own ? " own" : ""}${item.continues ? " continues" : ""}`,
      "data-testid": "message",
      "data-from": item.from,
    });
    row.append(
      item.continues ? element("span", { class: "gutter" }, clock(item.at)) : avatar(item.from),
      element(
        "div",
        { class: "body" },
        item.continues
          ? element("span", { class: "visually-hidden" }, `${own ? "You" : item.from}: `)
          : element("p", { class: "by" }, own ? element("span", { class: "name" }, "You") : person(item.from), clock(item.at)),
        element("p", { class: "text", "data-testid": "message-text" }, item.text),
      ),
    );
    if (own) row.append(...delivery(item));
    return row;
  }

  function person(name) {
    return element(
      "button",
      { class: "name", type: "button", title: `Write to ${name} privately`, onclick: () => onPerson(name) },
      name,
    );
  }

  function delivery(item) {
    const { icon: symbol, label } = DELIVERY[item.delivery];
    const mark = element("span", { class: "delivery", "data-testid": "delivery", "data-delivery": item.delivery, title: label });
    mark.append(icon(symbol), element("span", { class: "visually-hidden" }, label));
    if (item.delivery !== "failed") return [mark];
    const again = element("button", { type: "button", "data-testid": "retry", onclick: () => onRetry(item) }, "Try again");
    return [mark, element("p", { class: "failure", "data-testid": "failure" }, `${item.error} `, again)];
  }

  return {
    show(items) {
      list.replaceChildren(...items.map(render));
      toEnd();
    },

    add(item) {
      const follow = atEnd() || item.delivery;
      list.append(render(item));
      if (list.children.length > KEPT) list.firstChild.remove();
      if (follow) toEnd();
      else if (item.type === "message") jump.hidden = false;
    },

    update(item) {
      const follow = atEnd();
      rowOf(item)?.replaceWith(render(item));
      if (follow) toEnd();
    },

    toEnd,
  };
}
