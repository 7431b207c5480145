// The pinned npm packages, for the suites in other folders: a package is looked up from the file that imports it.

export { chromium } from "playwright-core";
export { io, Manager } from "socket.io-client";
export { io as io3 } from "socket.io-client-3";

// What socket.io-client stands on.
export { Socket as Engine } from "engine.io-client";

// The reference server, and its codec.
export { Server } from "socket.io";
export { Decoder, Encoder, PacketType } from "socket.io-parser";

// The WebSocket client that socket.io-client itself uses on Node.
export { WebSocket } from "ws";

// Azure's own client of the REST data plane.
export { odata, WebPubSubServiceClient } from "@azure/web-pubsub";
