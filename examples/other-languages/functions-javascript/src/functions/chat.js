// A chat with rooms in Microsoft's JavaScript programming model (v4), through Microsoft's Socket.IO extension.
//
// The extension takes the webhook at /runtime/webhooks/socketio, checks the signature, invokes one function for each event,
// and sends what the functions put into the output binding.

const { app, input, output, trigger } = require("@azure/functions");

const hub = "hub";

// A name that anyone can choose is a label. An app with accounts takes the user from its sign-in.
const negotiation = input.generic({ type: "socketionegotiation", name: "result", direction: "in", hub, userId: "{query.name}" });
const socketio = output.generic({ type: "socketio", hub });

app.http("negotiate", {
  methods: ["GET"],
  authLevel: "anonymous",
  extraInputs: [negotiation],
  handler: async (_request, context) => ({ jsonBody: context.extraInputs.get(negotiation) }),
});

/** One function for one event, as the extension wants it. */
function on(eventName, handler) {
  app.generic(`on_${eventName}`, {
    trigger: trigger.generic({ type: "socketiotrigger", hub, eventName }),
    extraOutputs: [socketio],
    handler,
  });
}

on("connect", async (request) => ({ statusCode: request.claims?.sub?.[0] === "banned" ? 403 : 200 }));

on("disconnected", async (request, context) => context.log(`${request.socketId} left: ${request.reason}`));

on("join", async (request, context) => {
  const [room] = request.parameters;
  context.extraOutputs.set(socketio, { actionName: "addSocketToRoom", socketId: request.socketId, room });
  return { ack: [{ ok: true }] };
});

on("message", async (request, context) => {
  const [room, text] = request.parameters;
  // Named in one way or the other, by the worker's version.
  const from = context.triggerMetadata.userId ?? context.triggerMetadata.UserId;
  context.extraOutputs.set(socketio, {
    actionName: "sendToRooms",
    rooms: [room],
    exceptRooms: [request.socketId],
    eventName: "message",
    parameters: [{ from, text }],
  });
  return { ack: [{ ok: true }] };
});
