// The service's REST side, as its own SDKs call it.

import { createHmac } from "node:crypto";

/** Ends every connection of a user, the way a service does that moves them elsewhere. */
export async function closeConnections({ emulator, connectionString }, user, hub = "hub") {
  const url = `${emulator}/api/hubs/${hub}/users/${encodeURIComponent(user)}/:closeConnections`;
  const response = await fetch(`${url}?reason=test&api-version=2024-01-01`, {
    method: "POST",
    headers: { authorization: `Bearer ${signed(url, accessKey(connectionString))}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status !== 204) throw new Error(`closeConnections answered ${response.status}: ${await response.text()}`);
}

/** Sends an Engine.IO payload to a room of a namespace; a socket's id is a room. */
export async function sendToGroup({ emulator, connectionString }, namespace, room, payload) {
  const part = (text) => Buffer.from(text).toString("base64url");
  const url = `${emulator}/api/hubs/hub/groups/0~${part(namespace)}~${part(room)}/:send`;
  const response = await fetch(`${url}?api-version=2024-01-01`, {
    method: "POST",
    headers: { authorization: `Bearer ${signed(url, accessKey(connectionString))}`, "content-type": "text/plain" },
    body: payload,
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status !== 202) throw new Error(`:send answered ${response.status}: ${await response.text()}`);
}

function accessKey(connectionString) {
  const key = /(?:^|;)AccessKey=([^;]+)/i.exec(connectionString);
  if (!key) throw new Error("the connection string has no AccessKey");
  return key[1];
}

/** A token for one URL, valid for five minutes. */
function signed(url, key) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const content = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ aud: url, iat: now, exp: now + 300 })}`;
  return `${content}.${createHmac("sha256", key).update(content).digest("base64url")}`;
}
