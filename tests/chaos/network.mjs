// Ports, and a bad line.

import { once } from "node:events";
import net from "node:net";
import { Transform, pipeline } from "node:stream";

/** A free port, for a program that is to come back at the same place. */
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Passes so many bytes a second, a few at a time. */
function throttle(rate) {
  return new Transform({
    async transform(chunk, _, done) {
      const step = Math.max(1, Math.floor(rate / 20));
      for (let at = 0; at < chunk.length; at += step) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        this.push(chunk.subarray(at, at + step));
      }
      done();
    },
  });
}

/** A proxy to a port that passes `rate` bytes a second in each direction. */
export async function slowLink(port, rate) {
  const open = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {}).once("close", () => open.delete(socket));
    }
    pipeline(near, throttle(rate), far, () => near.destroy());
    pipeline(far, throttle(rate), near, () => far.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://localhost:${server.address().port}`,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
