// The Socket.IO clients that show behaviours, each with what it doesn't offer.

import { io, io3 } from "../../clients/packages.mjs";
import { python } from "./python.mjs";
import { PATH } from "./sides.mjs";

export const transports = { websocket: ["websocket"], polling: ["polling"], upgrade: ["polling", "websocket"] };

/** A client in JavaScript. */
const javascript = (connect) => () => ({
  open(side, [first, ...others], names, options) {
    const socket = connect(side.endpoint + first, {
      path: PATH,
      query: side.query,
      forceNew: true,
      reconnection: false,
      transports: names,
      ...options,
    });
    return [socket, ...others.map((namespace) => socket.io.socket(namespace, {}))];
  },
  end(socket) {
    socket.io.reconnection(false);
    socket.disconnect();
    socket.io.engine?.close();
  },
  close() {},
});

const inPython = () => {
  const clients = python();
  return {
    open(side, namespaces, names, { protocols, reconnection = false }) {
      const url = `${side.endpoint}?${new URLSearchParams(side.query)}`;
      return clients.open(namespaces, { url, path: PATH, transports: names, protocols, reconnection });
    },
    end: (socket) => socket.end(),
    close: () => clients.close(),
  };
};

/** `start` makes what opens clients; `without` has why a behaviour is left out, on each transport or on some. */
export const clients = {
  "socket.io-client 4": { start: javascript(io), without: {} },
  "socket.io-client 3": {
    start: javascript(io3),
    without: {
      "a client leaves and connects again": { why: "at the reference server it fails now and then" },
    },
  },
  "python-socketio": {
    start: inPython,
    without: {
      "bytes as text": { why: "it has no such option" },
      "packets keep their order": { why: "it hears each in another thread" },
      "a client leaves one of its namespaces": { why: "it leaves all at once" },
      "a connection is closed, and the client comes back": {
        on: ["polling"],
        why: "it stays away from the reference server, too: over polling it takes the server's goodbye for the last word",
      },
    },
  },
};
