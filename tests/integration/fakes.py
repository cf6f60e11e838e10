# fakes.py - simulators of servers that hang, answer garbage, are something else, or break off.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Real servers do not misbehave on demand; only for that a simulator stands in. Nothing here answers as a good server."""
import socket
import threading

PAGE = b"<!DOCTYPE html><html><body><h1>Welcome to the printer</h1></body></html>\n"


def _http(status, kind, body, length=None):
    return (b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            % (status, kind, len(body) if length is None else length)) + body


JSON = b"application/json"
# What is sent once a request was read. None: nothing, and the connection stays open.
ANSWERS = {
    "hang": None,
    "close": b"",
    "garbage": bytes(range(256)) * 64,
    "not-kea": _http(b"200 OK", b"text/html", PAGE),
    "not-found": _http(b"404 Not Found", b"text/html", PAGE),
    "unauthorized": _http(b"401 Unauthorized", JSON, b'{ "result": 401, "text": "Unauthorized" }'),
    "not-json": _http(b"200 OK", JSON, b'[ { "result": 0, "arguments": { "Dhcp4": '),
    "other-json": _http(b"200 OK", JSON, b'{"items": [1, 2, 3]}'),
    "wrong-types": _http(b"200 OK", JSON, b'[ { "result": "0", "arguments": [ ] } ]'),
    "deep-json": _http(b"200 OK", JSON, b"[" * 100000 + b"]" * 100000),
    "truncated": _http(b"200 OK", JSON, b'[ { "result": 0, "arguments": { "Dhcp4": { } } } ]', 100000),
    "endless": _http(b"200 OK", JSON, b" " * 1000, 1 << 40),
}


class FakeServer:
    """`with FakeServer("hang") as fake:` listens on fake.port, or on the unix socket fake.path if one is given.

    On a unix socket HTTP heads are left out, as the services there speak bare JSON. fake.requests has all that came."""

    def __init__(self, mode, path=None):
        self.mode, self.path, self.requests, self._open = mode, path, [], []
        self._answer = ANSWERS[mode]
        if path and self._answer and self._answer.startswith(b"HTTP/"):
            self._answer = self._answer.split(b"\r\n\r\n", 1)[1]

    def __enter__(self):
        if self.path:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(self.path))
        else:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.port = self._listener.getsockname()[1]
        self._listener.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        for s in [self._listener, *self._open]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        try:
            self.requests.append(self._read(connection))
            if self._answer is None:
                connection.recv(1)          # until the other side gives up
                return
            connection.sendall(self._answer)
            if self.mode == "endless":
                while True:
                    connection.sendall(b" " * 65536)
            connection.close()
        except OSError:
            pass

    def _read(self, connection):
        """One request: a JSON object up to its last brace, or an HTTP request by its Content-Length."""
        data = b""
        while True:
            part = connection.recv(65536)
            data += part
            head, end, body = data.partition(b"\r\n\r\n")
            length = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if not part or end and len(body) >= (length or [0])[0] or self.path and data.rstrip().endswith(b"}"):
                return data
