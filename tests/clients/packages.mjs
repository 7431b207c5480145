// The packages of this folder, for tests that stand elsewhere and would not find them by name.

export { io, Manager } from "socket.io-client";
