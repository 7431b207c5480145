// What the page knows: rooms and private conversations with their messages. No DOM and no network here.

/** A page that stays open for days must not grow without end. */
export const KEPT = 500;

export class Conversations {
  #all = new Map();
  #ids = 0;

  get(key) {
    return this.#all.get(key);
  }

  room(name) {
    return this.#all.get(`room:${name}`);
  }

  person(name) {
    return this.#all.get(`person:${name}`);
  }

  openRoom(name) {
    return this.room(name) ?? this.#open("room", name);
  }

  openPerson(name) {
    return this.person(name) ?? this.#open("person", name);
  }

  #open(kind, name) {
    const conversation = {
      key: `${kind}:${name}`,
      kind,
      name,
      items: [],
      unread: 0,
      draft: "",
      /** Who was seen in this room; the service does not say who was there before and has been silent since. */
      seen: new Set(),
    };
    this.#all.set(conversation.key, conversation);
    return conversation;
  }

  remove(conversation) {
    this.#all.delete(conversation.key);
  }

  clear() {
    this.#all.clear();
  }

  list() {
    return [...this.#all.values()];
  }

  rooms() {
    return this.list().filter(({ kind }) => kind === "room");
  }

  people() {
    return this.list().filter(({ kind }) => kind === "person");
  }

  unread() {
    return this.list().reduce((sum, { unread }) => sum + unread, 0);
  }

  /** Somebody's words. `delivery` is there only on what this page sent: "waiting", "sending", "sent" or "failed". */
  addMessage(conversation, { from, text, at, delivery }) {
    if (!delivery) conversation.seen.add(from);
    return this.#add(conversation, { type: "message", from, text, at, delivery });
  }

  /** A line that the page says itself; `who` is a name that it begins with. */
  addNote(conversation, text, who) {
    return this.#add(conversation, { type: "note", who, text, at: Date.now() });
  }

  #add(conversation, item) {
    item.id = ++this.#ids;
    item.continues = continues(conversation.items.at(-1), item);
    conversation.items.push(item);
    if (conversation.items.length > KEPT) conversation.items.shift();
    return item;
  }
}

/** Whether a message needs no name of its own, because the same person spoke a moment ago. */
function continues(previous, item) {
  return (
    item.type === "message" &&
    previous?.type === "message" &&
    previous.from === item.from &&
    Boolean(previous.delivery) === Boolean(item.delivery) &&
    item.at - previous.at < 5 * 60_000
  );
}

/**
 * Reads what somebody typed: `/w name text` is for one person, anything else for the open conversation.
 * A name with spaces goes into quotes.
 */
export function parseInput(input) {
  const whisper = /^\/w\s+(?:"([^"]+)"|(\S+))(?:\s+([\s\S]+))?$/.exec(input);
  if (!whisper) return { text: input };
  return { to: whisper[1] ?? whisper[2], text: whisper[3] ?? "" };
}
