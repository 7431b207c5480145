// The pinned npm packages, for the suites in other folders: a package is looked up from the file that imports it.

export { chromium } from "playwright-core";
export { io, Manager } from "socket.io-client";

// The WebSocket client that socket.io-client itself uses on Node.
export { WebSocket } from "ws";

// Azure's own client of the REST data plane.
export { odata, WebPubSubServiceClient } from "@azure/web-pubsub";
