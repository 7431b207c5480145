// Node's own Socket.IO server where the emulator has its clients, with the same REST call for a broadcast.
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const [event, ...rest] = JSON.parse(Buffer.concat(chunks).toString().slice(2));
    io.emit(event, ...rest);
    response.writeHead(202).end();
  });
});
const io = new Server(server, { path: "/clients/socketio/hubs/hub/" });
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
