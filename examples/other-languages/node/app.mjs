// A chat with rooms on Node's own HTTP server: negotiation, and the webhook that the service calls for each event.
//
//   PORT=7071 WebPubSubForSocketIOConnectionString="Endpoint=…" node app.mjs

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

import { Service } from "./service.mjs";

/** A Socket.IO event packet: `42`, a namespace other than `/`, the id of an acknowledgement, the event. */
const PACKET = /^42(?:(\/[^,]*),)?(\d*)(\[.*)$/s;

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A room as a client names it. An empty one would be the whole namespace. */
function checked(room) {
  if (typeof room !== "string" || room === "") throw new TypeError("a room must have a name");
  return room;
}

/** Events by name: the arguments of the acknowledgement, or nothing. */
const events = {
  async join(service, { namespace, socket }, room) {
    await service.join(namespace, socket, checked(room));
    return [{ ok: true }];
  },
  async message(service, { namespace, socket, user }, room, text) {
    await service.emit(namespace, checked(room), ["message", { from: user, text }], { except: [socket] });
    return [{ ok: true }];
  },
};

/** What the webhook answers to an event of the service: a status and a body. */
async function webhook(service, headers, body) {
  // Node.js reads headers as Latin-1; the service writes UTF-8.
  const header = (name) => Buffer.from(headers[`ce-${name}`] ?? "", "latin1").toString();
  if (!service.signed(header("connectionid"), header("signature"))) return [401, ""];
  const from = { namespace: header("namespace"), socket: header("socketid"), user: header("userid") };
  switch (header("type")) {
    case "azure.webpubsub.sys.connect":
      return from.user === "banned" ? [403, ""] : [200, ""];
    case "azure.webpubsub.sys.connected":
      return [200, ""];
    case "azure.webpubsub.sys.disconnected":
      console.log(`${from.user} left: ${JSON.parse(body).reason}`);
      return [200, ""];
  }
  const [, namespace, ack, json] = PACKET.exec(body) ?? [];
  if (json === undefined) return [400, ""];
  const [name, ...parameters] = JSON.parse(json);
  const acknowledged = Object.hasOwn(events, name) && (await events[name](service, from, ...parameters));
  if (!acknowledged || ack === "") return [200, ""];
  return [200, `43${namespace ? `${namespace},` : ""}${ack}${JSON.stringify(acknowledged)}`];
}

/** The app. `server.service` must be set before the first request. */
export function createApp() {
  const server = createServer(async (request, response) => {
    const answer = (status, body = "", headers = { "content-type": "text/plain; charset=utf-8" }) =>
      response.writeHead(status, headers).end(body);
    try {
      const url = new URL(request.url, "http://localhost");
      if (url.pathname === "/api/negotiate") {
        // A name that anyone can choose is a label. An app with accounts takes the user from its sign-in.
        const client = server.service.negotiate(url.searchParams.get("name") ?? "anonymous");
        answer(200, JSON.stringify(client), { "content-type": "application/json" });
      } else if (url.pathname !== "/api/socketio") {
        answer(404);
      } else if (request.method === "OPTIONS") {
        answer(200, "", { "WebHook-Allowed-Origin": new URL(server.service.endpoint).hostname });
      } else {
        answer(...(await webhook(server.service, request.headers, await read(request))));
      }
    } catch (error) {
      // The service repeats what fails with 5xx, and may close the connection: log it, and let the event pass.
      console.error(error);
      answer(200);
    }
  });
  return server;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = createApp();
  server.service = new Service(process.env.WebPubSubForSocketIOConnectionString ?? "", "hub");
  server.listen(Number(process.env.PORT ?? 7071), () => console.log(`listening on ${server.address().port}`));
}
