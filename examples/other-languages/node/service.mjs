// What an app needs of Azure Web PubSub for Socket.IO: tokens, the webhook's signature, and two REST calls.

import { createHmac, timingSafeEqual } from "node:crypto";

const API_VERSION = "2024-12-01";
const LIFETIME = 3600;

const base64url = (text) => Buffer.from(text).toString("base64url");

/** A namespace, or a room in it, as the service addresses it. A socket's id is a room that it is in alone. */
export const group = (namespace, room = "") => `0~${base64url(namespace)}~${base64url(room)}`;

export class Service {
  /** From `Endpoint=…;AccessKey=…;Version=1.0;` and the name of a hub. */
  constructor(connectionString, hub) {
    const part = (name) => new RegExp(`(?:^|;)${name}=([^;]+)`, "i").exec(connectionString)?.[1];
    this.endpoint = part("Endpoint")?.replace(/\/$/, "");
    this.key = part("AccessKey");
    if (!this.endpoint || !this.key) throw new Error("the connection string needs an Endpoint and an AccessKey");
    this.hub = hub;
  }

  /** A token for a URL, signed with the access key. */
  token(audience, claims = {}) {
    const now = Math.floor(Date.now() / 1000);
    const parts = [{ alg: "HS256", typ: "JWT" }, { aud: audience, iat: now, exp: now + LIFETIME, ...claims }];
    const content = parts.map((part) => base64url(JSON.stringify(part))).join(".");
    return `${content}.${createHmac("sha256", this.key).update(content).digest("base64url")}`;
  }

  /** What a client needs to connect. */
  negotiate(user) {
    const path = `/clients/socketio/hubs/${this.hub}`;
    return { endpoint: this.endpoint, path, token: this.token(this.endpoint + path, { sub: user }) };
  }

  /** Whether a webhook request is the service's: one of its signatures, by either key, is ours. */
  signed(connection, signatures) {
    const own = Buffer.from(`sha256=${createHmac("sha256", this.key).update(connection).digest("hex")}`);
    const equal = (other) => other.length === own.length && timingSafeEqual(other, own);
    return signatures.split(",").some((signature) => equal(Buffer.from(signature.trim())));
  }

  /** Sends an event to a room, except for some rooms or sockets. */
  emit(namespace, room, event, { except = [] } = {}) {
    const head = namespace === "/" ? "42" : `42${namespace},`;
    const filter = except.map((other) => `not ('${group(namespace, other)}' in groups)`).join(" and ");
    const query = filter ? `&filter=${encodeURIComponent(filter)}` : "";
    return this.#post(`groups/${group(namespace, room)}/:send`, query, "text/plain", head + JSON.stringify(event), 202);
  }

  /** Puts a socket into a room. */
  join(namespace, socket, room) {
    const body = { groups: [group(namespace, room)], filter: `'${group(namespace, socket)}' in groups` };
    return this.#post(":addToGroups", "", "application/json", JSON.stringify(body), 200);
  }

  async #post(path, query, type, body, expected) {
    const url = `${this.endpoint}/api/hubs/${this.hub}/${path}`;
    const response = await fetch(`${url}?api-version=${API_VERSION}${query}`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.token(url)}`, "content-type": type },
      body,
    });
    if (response.status !== expected) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  }
}
