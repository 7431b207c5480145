// One connection to the service that comes back by itself, until the session ends.
//
// The client library can reconnect too, but it would come back with the token of its first attempt, which expires. So
// its own loop is off, and each attempt here begins with a fresh token.

import { ask, signedOut } from "./session.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** The service may have to wait for a function that is just starting. */
const CONNECT_LIMIT = 30_000;
const ANSWER_LIMIT = 10_000;

/**
 * Connects and stays connected. `handlers` maps the server's events to functions; `onState` hears "connecting",
 * "connected" and "offline", and last of all "signed out".
 */
export function openConnection(negotiation, handlers, onState) {
  let socket;
  let failures = 0;
  let limit; // runs while an attempt waits for the service
  let pause; // runs between two attempts

  async function attempt() {
    clearTimeout(pause);
    pause = undefined;
    onState("connecting");
    try {
      const response = await ask(negotiation);
      if (signedOut(response)) return onState("signed out");
      if (!response.ok) throw new Error(`${negotiation} answered with status ${response.status}`);
      const { endpoint, path, token } = await response.json();
      const query = { access_token: token };
      limit = setTimeout(giveUp, CONNECT_LIMIT);
      if (socket) {
        socket.io.opts.query = query;
        socket.connect();
      } else {
        socket = create(endpoint, path, query);
      }
    } catch {
      retryLater();
    }
  }

  function create(endpoint, path, query) {
    const created = window.io(endpoint, { path, query, reconnection: false });
    created.on("connect", () => {
      clearTimeout(limit);
      failures = 0;
      onState("connected");
    });
    created.on("disconnect", retryLater);
    created.on("connect_error", retryLater);
    for (const [event, handler] of Object.entries(handlers)) created.on(event, handler);
    return created;
  }

  function giveUp() {
    socket.disconnect();
    retryLater();
  }

  function retryLater() {
    clearTimeout(limit);
    if (pause !== undefined) return;
    onState("offline");
    const longest = Math.min(FIRST_PAUSE * 2 ** failures++, LONGEST_PAUSE);
    // Everybody loses the connection at the same moment when a service restarts; chance spreads their return.
    pause = setTimeout(attempt, longest * (0.5 + Math.random() / 2));
  }

  /** A phone that wakes up has waited long enough. */
  function hurry() {
    if (pause !== undefined && document.visibilityState === "visible") attempt();
  }

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  attempt();

  return {
    /** Emits an event and resolves to what the acknowledgement says. Rejects without one, and keeps nothing for later. */
    async tell(event, ...args) {
      if (!socket?.connected) throw new Error("there is no connection");
      return socket.timeout(ANSWER_LIMIT).emitWithAck(event, ...args);
    },
  };
}
