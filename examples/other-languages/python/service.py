"""What an app needs of Azure Web PubSub for Socket.IO: tokens, the webhook's signature, and two REST calls."""

import base64
import hashlib
import hmac
import json
import re
import time
import urllib.parse
import urllib.request

API_VERSION = "2024-12-01"
LIFETIME = 3600


def base64url(data):
    data = data if isinstance(data, bytes) else data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def group(namespace, room=""):
    """A namespace, or a room in it, as the service addresses it. A socket's id is a room that it is in alone."""
    return f"0~{base64url(namespace)}~{base64url(room)}"


class Service:
    def __init__(self, connection_string, hub):
        """From `Endpoint=…;AccessKey=…;Version=1.0;` and the name of a hub."""
        parts = dict(re.findall(r"(?:^|;)(\w+)=([^;]+)", connection_string))
        if "Endpoint" not in parts or "AccessKey" not in parts:
            raise ValueError("the connection string needs an Endpoint and an AccessKey")
        self.endpoint = parts["Endpoint"].rstrip("/")
        self.key = parts["AccessKey"].encode()
        self.hub = hub

    def token(self, audience, **claims):
        """A token for a URL, signed with the access key."""
        now = int(time.time())
        parts = {"alg": "HS256", "typ": "JWT"}, {"aud": audience, "iat": now, "exp": now + LIFETIME, **claims}
        content = ".".join(base64url(json.dumps(part)) for part in parts)
        return f"{content}.{base64url(hmac.digest(self.key, content.encode(), hashlib.sha256))}"

    def negotiate(self, user):
        """What a client needs to connect."""
        path = f"/clients/socketio/hubs/{self.hub}"
        return {"endpoint": self.endpoint, "path": path, "token": self.token(self.endpoint + path, sub=user)}

    def signed(self, connection, signatures):
        """Whether a webhook request is the service's: one of its signatures, by either key, is ours."""
        own = "sha256=" + hmac.new(self.key, connection.encode(), hashlib.sha256).hexdigest()
        return any(hmac.compare_digest(own.encode(), other.strip().encode()) for other in signatures.split(","))

    def emit(self, namespace, room, event, except_for=()):
        """Sends an event to a room, except for some rooms or sockets."""
        head = "42" if namespace == "/" else f"42{namespace},"
        rules = " and ".join(f"not ('{group(namespace, other)}' in groups)" for other in except_for)
        query = {"filter": rules} if rules else {}
        self._post(f"groups/{group(namespace, room)}/:send", query, "text/plain", head + json.dumps(event), 202)

    def join(self, namespace, socket, room):
        """Puts a socket into a room."""
        body = {"groups": [group(namespace, room)], "filter": f"'{group(namespace, socket)}' in groups"}
        self._post(":addToGroups", {}, "application/json", json.dumps(body), 200)

    def _post(self, path, query, content_type, body, expected):
        url = f"{self.endpoint}/api/hubs/{self.hub}/{path}"
        query = urllib.parse.urlencode({"api-version": API_VERSION, **query}, quote_via=urllib.parse.quote)
        headers = {"Authorization": f"Bearer {self.token(url)}", "Content-Type": content_type}
        request = urllib.request.Request(f"{url}?{query}", body.encode(), headers, method="POST")
        with urllib.request.urlopen(request, timeout=10) as response:
            if response.status != expected:
                raise RuntimeError(f"{path} answered {response.status}")
