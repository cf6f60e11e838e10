# hostile_kea.py - stands between ipamd and a real Kea and answers as no Kea should, as a case says.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""A Front listens on a unix socket for each server and on an HTTP port in the place of the control agent. Without a case,
what it passes on is what the real server says. A case names the commands it spoils and what becomes of their answers."""
import dataclasses
import json
import os
import re
import socket
import struct
import threading
import time
import typing

JSON = b"application/json"
LATER = 0.02        # between the bytes of what drips


class Raw(bytes):
    """Sent as it is; other bytes are the body of an answer and get an HTTP head where the way is HTTP."""


class Close(Exception):
    """The connection is closed where this is raised."""


RESET = object()        # instead of an answer: the connection is reset


def head(length=None, status=b"200 OK", more=b"", kind=JSON):
    said = b"" if length is None else b"Content-Length: %d\r\n" % length
    return b"HTTP/1.1 %s\r\nContent-Type: %s\r\n%s%s\r\n" % (status, kind, said, more)


@dataclasses.dataclass
class Talk:
    """One command: its name, how many of that name came since the case began, the way it came, and how to ask Kea."""
    name: str
    nth: int
    way: str                # "unix" or "http"
    service: str            # "dhcp4" or "dhcp6"
    request: dict
    ask: typing.Callable    # ask([request]) -> the answer of the real server as bytes; Close when there is none

    def good(self):
        """What a server would send here: over HTTP the agent's list."""
        text = self.ask().decode()
        return text if self.way == "unix" else f"[ {text} ]"


@dataclasses.dataclass
class Case:
    """`act(talk)` gives what is sent: bytes, an iterable of bytes, or None for nothing at all while the connection stays
    open. `on` are the commands it is called for, `nth` the one of that name that it is called for (None: each)."""
    number: int
    name: str
    on: object
    act: typing.Callable
    says: str = ""          # what the operator must be told, a regular expression; "": it is no trouble
    via: tuple = ("unix", "http")
    nth: int = None
    hasty: bool = False     # against a server that is given little time
    # Of a change: whether it is in effect at the end, and whether it waits for the server to be itself again.
    there: bool = False
    waits: bool = False

    def wants(self, name, nth):
        return re.fullmatch(self.on, name) is not None and self.nth in (None, nth)

    def __str__(self):
        return f"{self.number:02}-{self.name}"


class Front:
    def __init__(self, kea, folder, port):
        self.kea, self.port, self.case = kea, port, None
        self.paths = {s: os.path.join(folder, f"front-{s}.sock") for s in ("dhcp4", "dhcp6")}
        self._lock, self._counts, self.commands, self._open = threading.Lock(), {}, [], set()
        self.connections = 0    # by HTTP
        self._listeners = []
        for service, path in self.paths.items():
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            self._listen(listener, "unix", service)
        self._listen(socket.create_server(("127.0.0.1", port)), "http", None)

    def _listen(self, listener, way, service):
        listener.listen(64)
        self._listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener, way, service), daemon=True).start()

    def _accept(self, listener, way, service):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
                self.connections += way == "http"
            threading.Thread(target=self._serve, args=(connection, way, service), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for s in self._listeners:
            s.shutdown(socket.SHUT_RDWR)
            s.close()
        self.become(None)
        for path in self.paths.values():
            os.unlink(path)

    def become(self, case):
        """From now on it answers as the case says; what is under way is broken off."""
        with self._lock:
            self.case, self._counts, self.commands = case, {}, []
            old, self._open = self._open, set()
        for s in old:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # One connection.

    def _serve(self, connection, way, service):
        with connection:
            try:
                while True:
                    request = self._read_http(connection) if way == "http" else self._read_unix(connection)
                    self._answer(connection, way, service, request)
                    if way == "unix":
                        return
            except (OSError, Close):
                pass

    @staticmethod
    def _read_unix(connection):
        data = b""
        while True:
            part = connection.recv(1 << 20)
            if not part:
                raise Close
            data += part
            if data.rstrip().endswith(b"}"):
                try:
                    return json.loads(data)
                except ValueError:
                    pass

    @staticmethod
    def _read_http(connection):
        data = b""
        while True:
            part = connection.recv(1 << 20)
            if not part:
                raise Close
            data += part
            top, end, body = data.partition(b"\r\n\r\n")
            if not end:
                continue
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", top)
            if len(body) >= int(length[1]):
                return json.loads(body)

    def _ask(self, service, request):
        asked = {k: v for k, v in request.items() if k != "service"}
        answer = self.kea._socket(service, json.dumps(asked).encode())
        if not answer:
            raise Close
        return answer

    def _answer(self, connection, way, service, request):
        service, name = service or request["service"][0], request["command"]
        with self._lock:
            case = self.case
            self._counts[name, service] = nth = self._counts.get((name, service), 0) + 1
            self.commands.append(name)
        talk = Talk(name, nth, way, service, request, lambda other=None: self._ask(service, other or request))
        if case is not None and case.wants(name, nth):
            self._send(connection, way, case.act(talk))
        else:
            self._send(connection, way, talk.good().encode())

    @staticmethod
    def _send(connection, way, answer):
        if answer is None:
            connection.recv(1)          # until the other side gives up
            raise Close
        if answer is RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise Close
        if isinstance(answer, str):
            answer = answer.encode()
        if isinstance(answer, bytes):
            plain = way == "unix" or isinstance(answer, Raw)
            connection.sendall(answer if plain else head(len(answer)) + answer)
            if isinstance(answer, Raw):
                raise Close
            return
        for part in answer:
            connection.sendall(part)
        raise Close


# --- what becomes of an answer ---

def alter(change):
    """change(answer) of the good answer as an object."""
    def act(talk):
        answer = json.loads(talk.ask())
        change(answer)
        text = json.dumps(answer)
        return text if talk.way == "unix" else f"[ {text} ]"
    return act


def text(change):
    """change(text) of the good answer as it is sent."""
    return lambda talk: change(talk.good())


def instead(body):
    """Something else, as the body of a good answer."""
    return lambda talk: body


def spliced(pattern, by):
    """The first match in the text of the answer replaced: for what a JSON library does not write."""
    def change(good):
        spoiled, count = re.subn(pattern, lambda m: by, good, count=1)
        assert count == 1, (pattern, good[:2000])
        return spoiled
    return text(change)


def cut(share):
    """Broken off after this share of its bytes, though the head says more."""
    def act(talk):
        good = talk.good().encode()
        part = good[:max(1, int(len(good) * share))]
        if part == good:
            part = good.rstrip()[:-1]
        return Raw(part if talk.way == "unix" else head(len(good)) + part)
    return act


def drip(talk):
    """A byte at a time, each in time, the whole never."""
    if talk.way == "http":
        yield head(100000)
    yield b"{ "
    while True:
        yield b" "
        time.sleep(LATER)


def flood(beginning, piece, total):
    """So many bytes, or without end; `piece` again and again."""
    def act(talk):
        if talk.way == "http":
            yield head(None, more=b"Connection: close\r\n")
        yield beginning
        block, sent = piece * (1 + (1 << 20) // len(piece)), 0
        while total is None or sent < total:
            yield block
            sent += len(block)
    return act


def http(raw):
    return lambda talk: Raw(raw)


def done(act):
    """The real server does it; only the answer is spoiled."""
    def after(talk):
        talk.ask()
        return act(talk)
    return after


def subnets(answer):
    """All subnets in an answer to config-get."""
    root = next(v for k, v in answer["arguments"].items() if k.startswith("Dhcp"))
    key = next(k for k in root if re.fullmatch("subnet[46]", k))
    return root[key] + [s for n in root["shared-networks"] for s in n[key]]


def root(answer):
    return next(v for k, v in answer["arguments"].items() if k.startswith("Dhcp"))


def leases(answer):
    return answer["arguments"]["leases"]
