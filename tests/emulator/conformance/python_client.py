"""Clients of python-socketio for a test in JavaScript, which writes commands to stdin and reads what the clients see from
stdout, each a line of JSON.

Bytes are {"$bytes": BASE64}. Each client has its own thread, since its functions block.
"""

import base64
import json
import queue
import sys
import threading

import engineio.payload
import socketio

# The packets of one poll; the documented default, 16, is less than both servers send.
engineio.payload.Payload.max_decode_packets = 10_000

output = threading.Lock()


def say(**line):
    with output:
        print(json.dumps(line), flush=True)


def plain(value):
    """The value as JSON has it."""
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return value


def full(value):
    """The value that JSON stands for."""
    if isinstance(value, list):
        return [full(inner) for inner in value]
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        return {key: full(inner) for key, inner in value.items()}
    return value


class Client:
    def __init__(self, number, options):
        self.number = number
        self.options = options
        self.commands = queue.Queue()
        extra = {"subprotocols": options["protocols"]} if "protocols" in options else {}
        self.client = socketio.Client(
            reconnection=options["reconnection"],
            reconnection_delay=0.01,
            reconnection_delay_max=0.02,
            websocket_extra_options=extra,
        )
        for namespace in options["namespaces"]:
            self.listen(namespace)
        threading.Thread(target=self.work, daemon=True).start()

    def listen(self, namespace):
        def tell(event, *args):
            say(client=self.number, namespace=namespace, event=event, args=plain(args))

        def connected():
            tell("connect", self.client.get_sid(namespace))

        self.client.on("connect", connected, namespace=namespace)
        self.client.on("disconnect", lambda reason: tell("disconnect", reason), namespace=namespace)
        self.client.on("connect_error", lambda data=None: tell("connect_error", data), namespace=namespace)
        self.client.on("*", tell, namespace=namespace)

    def work(self):
        while True:
            command = self.commands.get()
            try:
                getattr(self, command.pop("do"))(**command)
            except socketio.exceptions.ConnectionError:
                # The event connect_error has told it.
                pass
            except Exception as error:
                say(client=self.number, fault=repr(error))

    def connect(self):
        options = self.options
        self.client.connect(
            options["url"],
            socketio_path=options["path"],
            transports=options["transports"],
            namespaces=options["namespaces"],
            wait=False,
        )

    def emit(self, namespace, args, ack):
        name, *data = full(args)
        answer = None
        if ack is not None:
            def answer(*values):
                say(client=self.number, ack=ack, args=plain(values))
        self.client.emit(name, tuple(data), namespace=namespace, callback=answer)

    def disconnect(self):
        self.client.disconnect()

    def end(self):
        self.client.shutdown()


clients = {}
for line in sys.stdin:
    command = json.loads(line)
    number = command.pop("client")
    if command["do"] == "open":
        clients[number] = Client(number, command["options"])
    else:
        clients[number].commands.put(command)
