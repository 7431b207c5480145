"""A chat with rooms on Python's own HTTP server: negotiation, and the webhook that the service calls for each event.

    PORT=7071 WebPubSubForSocketIOConnectionString="Endpoint=…" python3 app.py
"""

import json
import os
import re
import sys
import traceback
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from service import Service

# A Socket.IO event packet: `42`, a namespace other than `/`, the id of an acknowledgement, the event.
PACKET = re.compile(r"42(?:(/[^,]*),)?(\d*)(\[.*)", re.DOTALL)


def checked(room):
    """A room as a client names it. An empty one would be the whole namespace."""
    if not isinstance(room, str) or not room:
        raise TypeError("a room must have a name")
    return room


def join(service, sender, room):
    service.join(sender["namespace"], sender["socket"], checked(room))
    return [{"ok": True}]


def message(service, sender, room, text):
    event = ["message", {"from": sender["user"], "text": text}]
    service.emit(sender["namespace"], checked(room), event, except_for=[sender["socket"]])
    return [{"ok": True}]


# Events by name: each returns the arguments of the acknowledgement, or None.
EVENTS = {"join": join, "message": message}


def webhook(service, headers, body):
    """What the webhook answers to an event of the service: a status and a body."""

    def header(name):
        # http.server reads headers as Latin-1; the service writes UTF-8.
        return headers.get(f"ce-{name}", "").encode("latin-1").decode()

    if not service.signed(header("connectionId"), header("signature")):
        return 401, ""
    sender = {"namespace": header("namespace"), "socket": header("socketId"), "user": header("userId")}
    kind = header("type")
    if kind == "azure.webpubsub.sys.connect":
        return (403, "") if sender["user"] == "banned" else (200, "")
    if kind == "azure.webpubsub.sys.connected":
        return 200, ""
    if kind == "azure.webpubsub.sys.disconnected":
        print(f"{sender['user']} left: {json.loads(body)['reason']}", flush=True)
        return 200, ""
    packet = PACKET.fullmatch(body)
    if packet is None:
        return 400, ""
    namespace, ack, event = packet.groups()
    name, *arguments = json.loads(event)
    acknowledged = EVENTS[name](service, sender, *arguments) if name in EVENTS else None
    if acknowledged is None or not ack:
        return 200, ""
    return 200, f"43{namespace + ',' if namespace else ''}{ack}{json.dumps(acknowledged)}"


class Handler(BaseHTTPRequestHandler):
    # Without it each event costs a connection.
    protocol_version = "HTTP/1.1"
    service = None

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path != "/api/negotiate":
            return self.answer(404)
        # A name that anyone can choose is a label. An app with accounts takes the user from its sign-in.
        name = urllib.parse.parse_qs(url.query).get("name", ["anonymous"])[0]
        self.answer(200, json.dumps(self.service.negotiate(name)), {"Content-Type": "application/json"})

    def do_OPTIONS(self):
        host = urllib.parse.urlsplit(self.service.endpoint).hostname
        self.answer(200, "", {"WebHook-Allowed-Origin": host})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if urllib.parse.urlsplit(self.path).path != "/api/socketio":
            return self.answer(404)
        try:
            self.answer(*webhook(self.service, self.headers, body))
        except Exception:
            # The service repeats what fails with 5xx, and may close the connection: log it, and let the event pass.
            traceback.print_exc()
            self.answer(200)

    def answer(self, status, body="", headers=None):
        data = body.encode()
        self.send_response(status)
        for name, value in (headers or {"Content-Type": "text/plain; charset=utf-8"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def main():
    Handler.service = Service(os.environ.get("WebPubSubForSocketIOConnectionString", ""), "hub")
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "7071"))), Handler)
    print(f"listening on {server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
