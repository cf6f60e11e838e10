# test_http_requests.py - raw HTTP requests to the daemon: what it refuses without any effect, what it accepts, and slow clients.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import array
import collections
import contextlib
import fcntl
import json
import pathlib
import re
import socket
import ssl
import termios
import time

import pytest

from test_api import revision

TABLE = pathlib.Path(__file__).parents[1] / "data" / "http" / "requests.txt"
BLOCK = b'{"prefix":"172.16.0.0/12"}'
CREATE = (b"POST /api/v1/ipam/blocks HTTP/1.1\r\nHost: marker\r\nAuthorization: Bearer TOKEN\r\nContent-Length: %d\r\n\r\n"
          % len(BLOCK)) + BLOCK
READY = b"GET /readyz HTTP/1.1\r\nHost: marker\r\n\r\n"

Row = collections.namedtuple("Row", "accept answers name data")
Reply = collections.namedtuple("Reply", "status headers body")


def rows():
    for line in TABLE.read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            kind, answers, name, text = line.split(" ", 3)
            data = text.encode("ascii").decode("unicode_escape").encode("latin-1")
            yield Row(kind == "accept", [int(a) for a in answers.split(",")], name, data)


def long_rows():
    """What is too long for a line of the table, and the longest that is allowed."""
    head = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
    post = b"POST /api/v1/ipam/blocks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n"
    chunked = post + b"Transfer-Encoding: chunked\r\n\r\n"
    body = b'{"prefix":"10.0.0.0/8"}'
    yield Row(False, [414], "long-target", b"GET /livez?" + b"x" * 33000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    yield Row(False, [431], "long-value", head + b"X: " + b"x" * 33000 + b"\r\n\r\n")
    yield Row(False, [431], "long-name", head + b"x" * 33000 + b": x\r\n\r\n")
    yield Row(False, [431], "many-headers", head + b"X: y\r\n" * 100 + b"\r\n")
    yield Row(False, [431], "many-empty-lines", b"\r\n" * 16500 + head + b"\r\n")
    yield Row(False, [431], "long-trailer", chunked + b"17\r\n" + body + b"\r\n0\r\nX: " + b"x" * 33000 + b"\r\n\r\n")
    yield Row(False, [431], "long-extension", chunked + b"17;" + b"x" * 33000 + b"\r\n" + body + b"\r\n0\r\n\r\n")
    yield Row(False, [413], "long-chunk", chunked + b"1000001\r\n" + b" " * 0x1000001 + b"\r\n0\r\n\r\n")
    yield Row(True, [200], "long-target-allowed", b"GET /livez?" + b"x" * 30000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    yield Row(True, [200], "long-value-allowed", head + b"X: " + b"x" * 30000 + b"\r\n\r\n")
    yield Row(True, [200], "long-name-allowed", head + b"x" * 30000 + b": x\r\n\r\n")
    yield Row(True, [200], "many-long-headers-allowed", head + (b"X: " + b"y" * 290 + b"\r\n") * 99 + b"\r\n")
    yield Row(True, [201], "long-trailer-allowed", chunked + b"17\r\n" + body + b"\r\n0\r\nX: " + b"x" * 30000 + b"\r\n\r\n")


TABLE_ROWS = list(rows())
ROWS = TABLE_ROWS + list(long_rows())


@pytest.fixture
def ipamd(make_tls):
    """With a TLS listener: every request goes by each way."""
    server = make_tls()
    server.ipamd.config["listen"].append({"unix": str(server.ipamd.dir / "api.sock")})
    server.ipamd.write_config()
    server.ipamd.restart()
    server.ipamd.tls = server
    return server.ipamd


def dial(ipamd, way):
    if way == "tls":
        s = ipamd.tls.dial(timeout=20)
    elif way == "tcp":
        s = socket.create_connection(("127.0.0.1", ipamd.port), timeout=20)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    else:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        s.connect(str(ipamd.dir / "api.sock"))
    return s


class Replies:
    """What comes back on a connection, answer by answer."""

    def __init__(self, s):
        self.s, self.data = s, b""

    def fill(self):
        part = self.s.recv(65536)
        self.data += part
        return part

    def next(self, head_only=False):
        """The next answer, 100 Continue left out, or None at the end of the connection."""
        while b"\r\n\r\n" not in self.data:
            if not self.fill():
                assert self.data == b"", self.data
                return None
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii").split("\r\n")
        assert first.startswith("HTTP/1.1 "), first
        if first.startswith("HTTP/1.1 100 "):
            return self.next(head_only)
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = 0 if head_only else int(headers["content-length"])
        while len(self.data) < length:
            assert self.fill(), (first, self.data)
        body, self.data = self.data[:length], self.data[length:]
        return Reply(int(first.split()[1]), headers, body)


def send_all(s, data):
    """A server that has refused may close while the rest is on its way."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
        s.sendall(data)


def check_refused(row, replies):
    """One refusal with a reason that a program and a person can read, then the end: nothing behind it is answered."""
    reply = replies.next()
    assert reply is not None and reply.status == row.answers[0], (row.name, reply)
    assert reply.headers["connection"] == "close", row.name
    assert reply.headers["content-type"] == "application/problem+json", row.name
    body = json.loads(reply.body)
    assert body["status"] == reply.status and body["detail"], (row.name, body)
    assert replies.next() is None, row.name


def check_accepted(row, replies):
    """Its answers; then the one to the marker behind it, unless the connection was to be closed."""
    methods = re.findall(rb"([A-Z]+) \S+ HTTP/1", row.data)
    for method, status in zip(methods, row.answers):
        reply = replies.next(head_only=method == b"HEAD")
        assert reply is not None and reply.status == status, (row.name, reply)
    if reply.headers["connection"] == "close":
        assert replies.next() is None, row.name
    else:
        marker = replies.next()
        assert marker.status == 200 and json.loads(marker.body) == {"status": "ready"}, (row.name, marker)


def forget_blocks(ipamd):
    for block in ipamd.items("ipam/blocks"):
        assert ipamd.request("DELETE", f"/api/v1/ipam/blocks/{block['id']}").status == 204


def test_the_table_is_large_enough():
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert sum(not row.accept for row in ROWS) >= 60 and sum(row.accept for row in ROWS) >= 50


@pytest.mark.parametrize("way", ["tcp", "unix", "tls"])
def test_refused_requests_have_no_effect(ipamd, way):
    token, before = ipamd.token.encode(), revision(ipamd)
    for row in ROWS:
        if row.accept:
            continue
        with dial(ipamd, way) as s:
            send_all(s, (row.data + CREATE).replace(b"TOKEN", token))
            check_refused(row, Replies(s))
        assert revision(ipamd) == before, row.name
    assert ipamd.items("ipam/blocks") == []
    with dial(ipamd, way) as s:
        s.sendall(CREATE.replace(b"TOKEN", token))
        assert Replies(s).next().status == 201  # what stood behind each of them was no idle threat
    assert revision(ipamd) == before + 1


@pytest.mark.parametrize("way", ["tcp", "unix", "tls"])
def test_accepted_requests_are_answered_and_so_is_the_next(ipamd, way):
    token = ipamd.token.encode()
    for row in ROWS:
        if not row.accept:
            continue
        before = revision(ipamd)
        with dial(ipamd, way) as s:
            send_all(s, (row.data + READY).replace(b"TOKEN", token))
            check_accepted(row, Replies(s))
        assert revision(ipamd) - before == row.answers.count(201), row.name
        if 201 in row.answers:
            forget_blocks(ipamd)


# Ways to write and to read.

SAMPLE = ["version-2.5", "method-unknown", "h2-preface", "target-control", "host-twice", "lines-end-in-lf", "folded-coding",
          "length-differs", "length-and-coding", "coding-gzip-chunked", "chunk-too-short", "trailer-folded", "simple", "absolute",
          "empty-lines-first", "1.0-body", "expect", "chunks-many", "trailers", "pipelined-bodies"]


def wait_until_read(s):
    """What was sent on this unix socket has left it: the server has read it."""
    left = array.array("i", [1])
    until = time.monotonic() + 20
    while left[0]:
        assert time.monotonic() < until
        fcntl.ioctl(s, termios.TIOCOUTQ, left)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_cut_changes_nothing(ipamd, name):
    row = next(row for row in TABLE_ROWS if row.name == name)
    token, before = ipamd.token.encode(), revision(ipamd)
    data, marker = row.data.replace(b"TOKEN", token), (READY if row.accept else CREATE).replace(b"TOKEN", token)
    for cut in range(1, len(data)):
        with dial(ipamd, "unix") as s:
            send_all(s, data[:cut])
            wait_until_read(s)
            send_all(s, data[cut:] + marker)
            (check_accepted if row.accept else check_refused)(row, Replies(s))
        if 201 in row.answers:
            forget_blocks(ipamd)
    assert row.accept or revision(ipamd) == before


def test_expect_is_answered_before_the_body(ipamd):
    head = b"POST /api/v1/ipam/blocks HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BLOCK)
    with dial(ipamd, "unix") as s:
        s.sendall(head)
        assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert ipamd.items("ipam/blocks") == []
        s.sendall(BLOCK)
        assert Replies(s).next().status == 201


def test_slow_clients_leave_the_others_alone(ipamd):
    post = b"POST /api/v1/ipam/blocks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n" % ipamd.token.encode()
    chunked = post + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % c for c in BLOCK) + b"0\r\n\r\n"
    texts = [b"\r\n\r\n" + READY, post + b"Content-Length: %d\r\n\r\n" % len(BLOCK) + BLOCK, chunked]
    clients = [(dial(ipamd, ("tcp", "unix", "tls")[i // 3 % 3]), texts[i % 3]) for i in range(300)]
    greedy = [dial(ipamd, "tcp") for _ in range(20)]  # they ask, and never read
    for s in greedy:
        s.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            s.send(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 1000)
    slowest = 0
    for at in range(max(map(len, texts))):
        for s, text in clients:
            s.sendall(text[at:at + 1])
        started = time.monotonic()
        assert ipamd.get("/api/v1/ipam/spaces").status == 200
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 2
    answers = collections.Counter(Replies(s).next().status for s, _ in clients)
    assert answers == {200: 100, 201: 1, 409: 199}  # each of the slow ones is served; the block can be made once
    for s in [s for s, _ in clients] + greedy:
        s.close()
