// One connection to the service, kept alive.
//
// The client library can reconnect by itself, but it would come back with the token of its first attempt, which expires.
// So its own loop is off, and this one asks the functions for a fresh token before every attempt.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** A connection that lived this long starts the pauses from the shortest again. */
const STABLE = 10_000;
/** The service waits for a function before it accepts, and a function has 25 s. */
const CONNECT_LIMIT = 30_000;
const ANSWER_LIMIT = 10_000;

/**
 * Connects as `name` and stays connected until `close()`.
 *
 * `handlers` maps server events to functions. `onState` hears every change as one of
 * `{ kind: "connecting" }`, `{ kind: "connected" }`, `{ kind: "offline", seconds }` and `{ kind: "rejected", message }`.
 */
export function openConnection(name, handlers, onState) {
  let socket;
  let closed = false;
  let attempting = false;
  let attempts = 0;
  let connectedAt = 0;
  let pause; // { timer, ticker } while waiting for the next attempt
  let limit; // runs while an attempt waits for the service

  async function attempt() {
    if (closed || attempting || socket?.connected) return;
    stopPause();
    attempting = true;
    onState({ kind: "connecting" });
    try {
      const access = await negotiate(name);
      if (closed) return;
      limit = setTimeout(giveUp, CONNECT_LIMIT);
      if (socket) {
        socket.io.opts.query = { access_token: access.token };
        socket.connect();
      } else {
        socket = createSocket(access);
      }
    } catch (error) {
      if (error instanceof Refused) reject(error.message);
      else retryLater();
    }
  }

  function createSocket({ endpoint, path, token }) {
    const created = window.io(endpoint, { path, query: { access_token: token }, reconnection: false });
    created.on("connect", () => {
      settle();
      connectedAt = Date.now();
      onState({ kind: "connected" });
    });
    created.on("disconnect", (reason) => {
      if (reason !== "io client disconnect") retryLater();
    });
    created.on("connect_error", (error) => {
      const refusal = refusalText(error);
      if (refusal) reject(refusal);
      else retryLater();
    });
    for (const [event, handler] of Object.entries(handlers)) created.on(event, handler);
    return created;
  }

  function giveUp() {
    socket.disconnect();
    retryLater();
  }

  /** The current attempt has come to an end, whatever it was. */
  function settle() {
    attempting = false;
    clearTimeout(limit);
  }

  function reject(message) {
    settle();
    if (!closed) onState({ kind: "rejected", message });
  }

  function retryLater() {
    settle();
    if (closed || pause) return;
    if (connectedAt && Date.now() - connectedAt > STABLE) attempts = 0;
    connectedAt = 0;
    const longest = Math.min(FIRST_PAUSE * 2 ** attempts++, LONGEST_PAUSE);
    // Everybody loses the connection at the same moment when a service restarts; chance spreads their return.
    const until = Date.now() + longest * (0.5 + Math.random() / 2);
    const tell = () => onState({ kind: "offline", seconds: Math.max(1, Math.ceil((until - Date.now()) / 1000)) });
    pause = { timer: setTimeout(attempt, until - Date.now()), ticker: setInterval(tell, 1000) };
    tell();
  }

  function stopPause() {
    clearTimeout(pause?.timer);
    clearInterval(pause?.ticker);
    pause = undefined;
  }

  function hurry() {
    if (pause && document.visibilityState === "visible") attempt();
  }

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  attempt();

  return {
    get connected() {
      return Boolean(socket?.connected);
    },

    /** Ends the pause before the next attempt, or tries again after a rejection. */
    retryNow: attempt,

    /** Emits without expecting an answer; nothing is kept for later when there is no connection. */
    tell(event, ...args) {
      if (socket?.connected) socket.emit(event, ...args);
    },

    /** Emits and waits for the answer. Never throws: whatever goes wrong becomes `{ ok: false, error }`. */
    async ask(event, ...args) {
      // The library would keep the event and send it after the reconnection, before the rooms are joined again.
      if (!socket?.connected) return { ok: false, error: "There is no connection at the moment." };
      try {
        const answer = await socket.timeout(ANSWER_LIMIT).emitWithAck(event, ...args);
        if (answer?.ok) return answer;
        return { ok: false, error: answer?.error || "The chat gave no reason." };
      } catch {
        const error = socket.connected ? "No answer came in time." : "The connection was lost before the answer came.";
        return { ok: false, error };
      }
    },

    close() {
      closed = true;
      settle();
      stopPause();
      removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      socket?.disconnect();
    },
  };
}

/** Trying again cannot help. */
class Refused extends Error {}

/** Asks the functions where to connect, and for a token that says who is connecting. */
async function negotiate(name) {
  const response = await fetch(`negotiate?name=${encodeURIComponent(name)}`, {
    cache: "no-store",
    signal: AbortSignal.timeout(ANSWER_LIMIT),
  });
  if (response.ok) return response.json();
  if ([400, 401, 403].includes(response.status)) {
    throw new Refused((await plainText(response)) || `The chat did not let you in (status ${response.status}).`);
  }
  throw new Error(`negotiate answered with status ${response.status}`);
}

/** What a function says is plain text; what stands in front of it sends pages. */
async function plainText(response) {
  const isText = response.headers.get("content-type")?.startsWith("text/plain");
  return isText ? (await response.text()).trim() : "";
}

/**
 * Why the chat refuses this name, or nothing when another try may help.
 *
 * The chat marks its own refusals. The service answers in the same way when it cannot reach a function, when a function
 * does not answer in time or fails: all of that passes. A service that does not pass on what the function said leaves
 * its status, and the chat's is 400; the text is then one of our own.
 */
function refusalText({ message, data }) {
  const bare = /^Connection rejected with status (\d+)/i.exec(message ?? "");
  if (data?.final !== true && bare?.[1] !== "400") return undefined;
  if (message && !bare) return message;
  return "This name was not accepted. A name has 1 to 24 visible characters and is not “system”.";
}
