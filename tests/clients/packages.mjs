// The packages of this folder, for tests that stand elsewhere and would not find them by name.

export { io, Manager } from "socket.io-client";

// The WebSocket client that socket.io-client itself uses on Node.
export { WebSocket } from "ws";
