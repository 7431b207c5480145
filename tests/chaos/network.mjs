// Ports, a bad line, and a service that breaks off.

import { once } from "node:events";
import http from "node:http";
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

/** What comes back for a REST call, as bytes; whether the service has got the call. Then the connection ends, or stays. */
const BROKEN = {
  reset: { passed: false },
  nothing: { passed: false },
  "half a head": { passed: true, bytes: "HTTP/1.1 202 Acc" },
  "half a body": { passed: true, bytes: "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf" },
  "half a refusal": { passed: false, bytes: "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\nhalf" },
  "a body that stalls": { passed: true, stays: true, bytes: "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf" },
  "a refusal that stalls": { passed: false, stays: true, bytes: "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\nhalf" },
};

/** A proxy to the service at a port. `faults` are for the next REST calls, one each; `calls` counts those. */
export async function brokenService(port) {
  const link = { faults: [], calls: 0 };
  const open = new Set();
  const forward = async (request) => {
    const { method, url: path, headers } = request;
    const passed = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false });
    request.pipe(passed);
    return (await once(passed, "response"))[0];
  };
  const server = http.createServer(async (request, response) => {
    const rest = request.url.startsWith("/api/");
    const fault = rest ? link.faults.shift() : undefined;
    if (rest) link.calls++;
    if (!fault) {
      const answer = await forward(request);
      return answer.pipe(response.writeHead(answer.statusCode, answer.headers));
    }
    const { passed, bytes, stays } = BROKEN[fault];
    if (passed) (await forward(request)).resume();
    else await once(request.resume(), "end");
    if (stays) request.socket.write(bytes);
    else if (bytes) request.socket.end(bytes);
    else if (fault === "reset") request.socket.resetAndDestroy();
  });
  server.on("connection", (socket) => open.add(socket.on("error", () => {}).once("close", () => open.delete(socket))));
  server.on("upgrade", (request, near, head) => {
    const far = net.connect(port, "127.0.0.1");
    const lines = [`GET ${request.url} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) lines.push(request.rawHeaders.slice(at, at + 2).join(": "));
    far.write(`${lines.join("\r\n")}\r\n\r\n`);
    far.write(head);
    pipeline(near, far, () => near.destroy());
    pipeline(far, near, () => far.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  link.origin = `http://localhost:${server.address().port}`;
  link.close = () => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  return link;
}
