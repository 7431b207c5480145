// A custom handler without a library: checks the signature, parses the packet, acknowledges. Where it is to send, it
// sends to everybody with Azure's own client before it acknowledges.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = process.env.KEY;

// The group of everybody in the namespace `/`.
const everybody = process.env.SENDS
  ? new (await import("../tests/clients/packages.mjs")).WebPubSubServiceClient(
      process.env.WebPubSubForSocketIOConnectionString,
      "hub",
      { allowInsecureConnection: true },
    ).group("0~Lw~")
  : undefined;

function signed(id, header) {
  const expected = Buffer.from(`sha256=${createHmac("sha256", key).update(id).digest("hex")}`);
  return header.split(",").some((digest) => {
    const found = Buffer.from(digest.trim());
    return found.length === expected.length && timingSafeEqual(found, expected);
  });
}

const server = createServer((request, response) => {
  // The host's readiness probe.
  if (request.method === "GET") {
    response.end();
    return;
  }
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const headers = request.headers;
    if (!signed(headers["ce-connectionid"], headers["ce-signature"])) {
      response.writeHead(401).end();
      return;
    }
    const packet = /^42(?:(\/[^,]*),)?(\d+)?(\[.*)$/s.exec(Buffer.concat(chunks).toString());
    const [event, room, text, count] = JSON.parse(packet[3]);
    if (event !== headers["ce-eventname"]) {
      response.writeHead(400).end();
      return;
    }
    if (typeof room !== "string" || typeof text !== "string" || !Number.isInteger(count)) {
      response.writeHead(400).end();
      return;
    }
    if (everybody) {
      await everybody.sendToAll(`42${JSON.stringify(["message", text])}`, { contentType: "text/plain" });
    }
    const namespace = packet[1] ? `${packet[1]},` : "";
    const body = `43${namespace}${packet[2]}${JSON.stringify([true, text.length + count])}`;
    response.writeHead(200, {
      "content-type": "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(Number(process.env.FUNCTIONS_CUSTOMHANDLER_PORT), "127.0.0.1");
