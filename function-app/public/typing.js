// "Ada is typing…", both directions.

const IDLE = 2000;
const EXPIRES = 5000;
/** Every signal runs a function, so it is repeated only as often as it must be to not expire. */
const REPEAT = 3000;

/** Says that the person here is typing; `send(room, typing)` puts it on the wire. */
export function typingSignal(send) {
  let room;
  let sentAt = 0;
  let idle;

  function stop() {
    clearTimeout(idle);
    if (room !== undefined) send(room, false);
    room = undefined;
  }

  return {
    typed(inRoom) {
      if (room !== inRoom) stop();
      if (room === undefined || Date.now() - sentAt > REPEAT) {
        room = inRoom;
        sentAt = Date.now();
        send(room, true);
      }
      clearTimeout(idle);
      idle = setTimeout(stop, IDLE);
    },
    stop,
  };
}

/** Remembers who is typing where; calls `changed(room)` when that changes. */
export function typingList(changed) {
  const rooms = new Map();

  function set(room, name, typing) {
    const names = rooms.get(room) ?? new Map();
    rooms.set(room, names);
    clearTimeout(names.get(name));
    // A page that vanishes never says that it stopped.
    if (typing) names.set(name, setTimeout(() => set(room, name, false), EXPIRES));
    else names.delete(name);
    changed(room);
  }

  return {
    set,
    forget(name) {
      for (const [room, names] of rooms) if (names.has(name)) set(room, name, false);
    },
    text(room) {
      const names = [...(rooms.get(room)?.keys() ?? [])];
      if (names.length === 0) return "";
      if (names.length === 1) return `${names[0]} is typing…`;
      if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
      return "Several people are typing…";
    },
  };
}
