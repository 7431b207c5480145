// Mouse, pen and fingers become lines, which leave in batches: one event for everything that a frame brought.

/** What the app takes in one event. */
const MOST_LINES = 20;
const MOST_POINTS = 100;

/**
 * Follows every pointer on `canvas`. `onLine(points)` hears each new bit at once, to show it; `send(lines)` gets the
 * batches and resolves when the next one may follow.
 */
export function pen(canvas, { point, mayDraw, onLine, send }) {
  /** Each pointer's current line. */
  const lines = new Map();
  /** Lines that have not been sent, the newest points at their ends. */
  let queue = [];
  let sending = false;
  let frame;

  function down(event) {
    if (event.button !== 0 || !mayDraw()) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    const line = [point(event)];
    lines.set(event.pointerId, line);
    queue.push(line);
    onLine(line);
    schedule();
  }

  function move(event) {
    if (!lines.has(event.pointerId)) return;
    // Browsers report once a frame and keep what happened in between.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) add(event.pointerId, point(each));
    schedule();
  }

  function add(pointer, [x, y]) {
    let line = lines.get(pointer);
    const last = line.at(-1);
    if (last[0] === x && last[1] === y) return;
    // What has been sent is continued by a new line from where it ended; so each line stands for itself.
    if (line.length === MOST_POINTS || !queue.includes(line)) {
      line = [last];
      lines.set(pointer, line);
      queue.push(line);
    }
    line.push([x, y]);
    onLine([last, [x, y]]);
  }

  const up = (event) => lines.delete(event.pointerId);

  function schedule() {
    if (queue.length > 0 && !sending) frame ??= requestAnimationFrame(flush);
  }

  /** One event a frame at most, and one on its way at most: where answers take longer, batches become larger. */
  async function flush() {
    frame = undefined;
    const batch = queue.slice(0, MOST_LINES);
    queue = queue.slice(MOST_LINES);
    if (batch.length === 0) return;
    sending = true;
    await send(batch);
    sending = false;
    schedule();
  }

  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);

  return {
    /** Forgets what has not been sent and lifts every pen. */
    lift() {
      lines.clear();
      queue = [];
    },
  };
}
