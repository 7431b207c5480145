// What is said by hand on a WebSocket or over polling: packets that official clients send, and some that none does.

import { setTimeout as sleep } from "node:timers/promises";

import { WebSocket } from "../../clients/packages.mjs";
import { Log, same } from "./log.mjs";
import { packets } from "./packets.mjs";
import { PATH } from "./sides.mjs";

function url(side, transport, sid) {
  const query = new URLSearchParams({ EIO: "4", transport, ...side.query, ...(sid ? { sid } : {}) });
  return `${side.endpoint}${PATH}/?${query}`;
}

/** A WebSocket, with a log of what comes; its end is `closed CODE`. */
async function websocket(side, { sid, protocols } = {}) {
  const socket = new WebSocket(url(side, "websocket", sid).replace("http", "ws"), protocols);
  const log = new Log();
  socket.on("open", () => log.look());
  socket.on("message", (data, binary) => log.note(binary ? `bytes ${data.toString("hex")}` : same(String(data))));
  socket.on("close", (code) => log.note(`closed ${code}`));
  socket.on("error", () => {});
  await log.until(() => socket.readyState === 1);
  return {
    socket,
    log: log.lines,
    until: (fits) => log.until(fits),
    send: (...packets) => packets.forEach((packet) => socket.send(packet)),
  };
}

/** Sends packets to a client that has joined `/`, and returns what comes back up to an answer or the end. */
const after = (...packets) => async (side) => {
  const at = await websocket(side);
  await at.until((text) => text.startsWith("0"));
  at.send("40");
  await at.until((text) => text.startsWith("40"));
  at.send(...packets, '4299["echo","alive"]');
  await at.until((text) => text.startsWith("4399"));
  const log = at.log.slice(2);
  at.socket.terminate();
  return log;
};

const get = async (side, sid) => same(await (await fetch(url(side, "polling", sid))).text());
const post = async (side, sid, body) => {
  const response = await fetch(url(side, "polling", sid), { method: "POST", body });
  return `${response.status} ${await response.text()}`;
};
async function polling(side) {
  const opened = await (await fetch(url(side, "polling"))).text();
  return JSON.parse(opened.slice(1)).sid;
}

export const wire = {
  ...Object.fromEntries(Object.entries(packets).map(([name, sent]) => [name, after(...sent)])),
  "bytes as text": after('451-5["describe",{"_placeholder":true,"num":0}]', "bAQID"),
  "a ping from a client": after("2"),
  "a pong that was not asked for": after("3"),
  "an Engine.IO open packet": after("0{}"),
  "an Engine.IO close packet": after("1"),
  "an Engine.IO upgrade packet": after("5"),
  "an Engine.IO noop packet": after("6"),
  "an unknown Engine.IO packet": after("7"),
  "a namespace that no header can carry": async (side) => {
    const log = await after("40/a\u0001,")(side);
    return log.map((text) => (text.startsWith("44/a\u0001,") ? "44/a…" : text));
  },
  "a close frame is answered with its code": async (side) => {
    const codes = [];
    for (const code of [1000, 1001, 4000]) {
      const at = await websocket(side);
      at.socket.close(code);
      await at.until((text) => text.startsWith("closed"));
      codes.push(at.log.at(-1));
    }
    return codes;
  },
  "a subprotocol is chosen": async (side) => {
    const at = await websocket(side, { protocols: ["one", "two"] });
    const { protocol } = at.socket;
    at.socket.terminate();
    return protocol;
  },
  "base64 of every kind over polling": async (side) => {
    const answers = [];
    for (const base64 of ["AQID", "AQID\n", "AQID\r\nBAUG\r\n", "AQ", "-_8", "AQ=="]) {
      const sid = await polling(side);
      await post(side, sid, "40");
      await get(side, sid);
      answers.push(await post(side, sid, `451-1["describe",{"_placeholder":true,"num":0}]\x1eb${base64}`));
      answers.push(await get(side, sid));
    }
    return answers;
  },
  "a move to a WebSocket without a probe": async (side) => {
    const sid = await polling(side);
    await post(side, sid, "40");
    const at = await websocket(side, { sid });
    at.send("5");
    await at.until((text) => text.startsWith("40"));
    at.send('421["echo","moved"]');
    await at.until((text) => text.startsWith("431"));
    at.socket.terminate();
    return at.log;
  },
  "a client is closed while it moves": async (side) => {
    const sid = await polling(side);
    await post(side, sid, "40");
    await get(side, sid);
    const poll = get(side, sid);
    const at = await websocket(side, { sid });
    at.send("2probe");
    await at.until((text) => text === "3probe");
    const polled = await poll;
    await post(side, sid, '42["kickAndClose"]');
    // The servers have no sign that says when the packet waits; a little later it does.
    await sleep(150);
    at.send("5");
    await at.until((text) => text.startsWith("closed"));
    return [polled, at.log];
  },
  "requests that are refused": async (side) => {
    const answers = [];
    const queries = ["EIO=4&transport=x", "EIO=4&transport=polling&sid=x", "EIO=4"];
    const token = new URLSearchParams(side.query);
    for (const query of queries) {
      const response = await fetch(`${side.endpoint}${PATH}/?${query}&${token}`);
      answers.push(`${response.status} ${await response.text()}`);
    }
    const posted = await fetch(url(side, "polling"), { method: "POST", body: "40" });
    answers.push(`${posted.status} ${await posted.text()}`);
    return answers;
  },
  "two polls at once": async (side) => {
    const sid = await polling(side);
    const polls = [1, 2].map(async () => (await fetch(url(side, "polling", sid))).status);
    return (await Promise.all(polls)).sort();
  },
  "a polling body that is not Engine.IO": async (side) => {
    const answers = [];
    const echo = '420["echo",1]';
    // Bytes that are not UTF-8 are read all the same.
    const latin1 = Buffer.from('420["echo","é"]', "latin1");
    for (const body of ["7", "", "x", "2", "2probe", `7\x1e${echo}`, "3\x1e7", latin1]) {
      const sid = await polling(side);
      await post(side, sid, "40");
      await get(side, sid);
      answers.push(await post(side, sid, body), await get(side, sid), await post(side, sid, "3"));
    }
    return answers;
  },
  "a goodbye over polling": async (side) => {
    const sid = await polling(side);
    await post(side, sid, "40");
    await get(side, sid);
    return [await post(side, sid, "1"), (await post(side, sid, "3")).slice(0, 3)];
  },
};
