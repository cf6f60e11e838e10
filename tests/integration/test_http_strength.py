# test_http_strength.py - thousands of idle, slow and greedy clients, and no descriptors: who behaves well does not notice.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import socket
import subprocess
import time

import pytest

from test_health import wait_for
from test_metrics import local_get, parse

IDLE, SLOW_HEADS, SLOW_BODIES, GREEDY = 9000, 600, 400, 100
ANSWERS = 300
GREETING = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"


def rss(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metrics(ipamd):
    return parse(local_get(ipamd, "/metrics")[1])


def raise_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def crowd(ipamd, count, text=b"", wait=False):
    clients = []
    for _ in range(count):
        s = socket.create_connection(("127.0.0.1", ipamd.port), timeout=60)
        if text:
            s.sendall(text)
        clients.append(s)
    for s in clients if wait else ():
        assert s.recv(1000).startswith(b"HTTP/1.1 200")
    return clients


def well_behaved(ipamd, count):
    """Creates and reads, on connections that are kept and on new ones; every answer is right."""
    kept = http.client.HTTPConnection("127.0.0.1", ipamd.port, timeout=60)
    auth = {"Authorization": "Bearer " + ipamd.token}
    for n in range(count):
        kept.request("POST", "/api/v1/ipam/addresses", json.dumps({"address": f"10.0.{n >> 8}.{n & 255}"}), auth)
        answer = kept.getresponse()
        made = json.loads(answer.read())
        assert answer.status == 201, made
        seen = ipamd.get(f"/api/v1/ipam/addresses/{made['id']}")
        assert seen.status == 200 and seen.json()["address"] == made["address"]
    return count


def test_ten_thousand_clients_that_do_nothing_good(ipamd):
    raise_files()
    before = rss(ipamd.process.pid)
    idle = crowd(ipamd, IDLE // 2)
    idle += crowd(ipamd, IDLE // 2, GREETING, wait=True)        # and some that were good once
    wait_for(lambda: metrics(ipamd)["ipam_http_connections"][None] >= IDLE)
    each = (rss(ipamd.process.pid) - before) / IDLE
    assert each < 4096, each
    heads = crowd(ipamd, SLOW_HEADS, b"GET /api/v1/ipam/blocks HTTP/1.1\r\nHost: a\r\nX-Slow: ")
    head = b"POST /api/v1/ipam/blocks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: 1000\r\n\r\n{"
    bodies = crowd(ipamd, SLOW_BODIES, head % ipamd.token.encode())
    greedy = crowd(ipamd, GREEDY)
    for s in greedy:                                            # they ask for much, and read nothing of it
        s.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            s.send(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 500)
    assert well_behaved(ipamd, ANSWERS) == ANSWERS
    for s in heads + bodies:
        s.sendall(b"x")                                         # still at it
    assert well_behaved_again(ipamd) == ANSWERS
    seen = metrics(ipamd)
    assert seen["ipam_http_connections"][None] >= IDLE // 2             # the slow ones have their limits
    assert seen["ipam_http_unsent_bytes"][None] <= 256 << 20
    print(f"{each:.0f} bytes of memory for each idle connection; {seen['ipam_http_connections'][None]:.0f} connections, "
          f"{seen['ipam_http_unsent_bytes'][None] / 1e6:.1f} MB unsent")
    for s in idle + heads + bodies + greedy:
        s.close()
    wait_for(lambda: metrics(ipamd)["ipam_http_connections"][None] <= 3)
    assert seen["ipam_http_unsent_bytes"][None] >= 0 == metrics(ipamd)["ipam_http_unsent_bytes"][None]


def well_behaved_again(ipamd):
    connection = http.client.HTTPConnection("127.0.0.1", ipamd.port, timeout=60)
    for _ in range(ANSWERS):
        connection.request("GET", "/api/v1/ipam/addresses?limit=10", headers={"Authorization": "Bearer " + ipamd.token})
        answer = connection.getresponse()
        assert answer.status == 200 and len(json.loads(answer.read())["items"]) == 10
    return ANSWERS


def test_without_descriptors_it_goes_on(ipamd):
    """All descriptors are in use: new clients are turned away, those that are there are served, and nothing spins."""
    kept = http.client.HTTPConnection("127.0.0.1", ipamd.port, timeout=60)
    kept.request("GET", "/livez")
    assert kept.getresponse().read()
    open_now = len(os.listdir(f"/proc/{ipamd.process.pid}/fd"))
    limits = resource.prlimit(ipamd.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(ipamd.process.pid, resource.RLIMIT_NOFILE, (open_now + 20, limits[1]))
    clients = crowd(ipamd, 200)
    began, used = time.monotonic(), cpu(ipamd.process.pid)
    for _ in range(20):
        kept.request("GET", "/api/v1/ipam/spaces", headers={"Authorization": "Bearer " + ipamd.token})
        answer = kept.getresponse()
        assert answer.status == 200 and answer.read()
        time.sleep(0.05)
    assert cpu(ipamd.process.pid) - used < 0.3 * (time.monotonic() - began)
    turned_away = 0
    for s in clients:
        s.settimeout(0.02)
        with contextlib.suppress(socket.timeout):
            turned_away += s.recv(1) == b""
    assert turned_away > 100
    for s in clients:
        s.close()
    wait_for(lambda: len(os.listdir(f"/proc/{ipamd.process.pid}/fd")) <= open_now)
    assert ipamd.get("/readyz").status == 200               # and they are taken again
    assert ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"}).status == 201


def test_few_descriptors_are_said_at_the_start(make_ipamd):
    ipamd = make_ipamd(start=False)
    ipamd.process.argv = ["prlimit", "--nofile=600:600", *ipamd.process.argv]
    ipamd.start()
    assert re.search(r"few-files: 600 descriptors are allowed, so 300 connections are taken at a time; allow 20512", ipamd.log())
    clients = crowd(ipamd, 400)

    def refused():
        try:
            return metrics(ipamd)["ipam_http_connections_refused_total"][None]
        except (ConnectionError, http.client.RemoteDisconnected):   # those that were closed are still being taken leave of
            return 0

    def turned_away():
        try:
            return ipamd.get("/livez").status != 200
        except (ConnectionError, http.client.RemoteDisconnected):
            return True
    wait_for(turned_away)   # the kernel may hand some of the crowd over a second later
    for s in clients:
        s.close()
    wait_for(lambda: refused() > 0)
    assert ipamd.get("/livez").status == 200


def test_the_soft_limit_is_raised(make_ipamd):
    ipamd = make_ipamd(start=False)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    ipamd.process.argv = ["prlimit", "--nofile=256:", *ipamd.process.argv]
    ipamd.start()
    assert metrics(ipamd)["process_max_fds"][None] == min(hard, 20512)


def test_one_client_that_sends_ahead_does_not_keep_others_waiting(ipamd):
    """A thousand requests in one write; another client's one is answered long before they are."""
    count = 3000
    ahead = socket.create_connection(("127.0.0.1", ipamd.port), timeout=60)
    other = socket.create_connection(("127.0.0.1", ipamd.port), timeout=60)
    ipamd.process.popen.send_signal(19)                         # both are there when it looks
    ahead.setblocking(False)
    sent = 0
    text = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * count
    with contextlib.suppress(BlockingIOError):
        while sent < len(text):
            sent += ahead.send(text[sent:])
    other.sendall(GREETING)
    ipamd.process.popen.send_signal(18)
    assert other.recv(1000).startswith(b"HTTP/1.1 200")
    answered = sum(metrics(ipamd)["ipam_http_requests_total"].get('route="/openapi.json",method="GET",code="200"', 0) for _ in range(1))
    assert answered < count / 2
    ahead.close()
    other.close()


def test_a_follower_that_leaves_is_forgotten(ipamd):
    request = b"GET /api/v1/feed HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n" % ipamd.token.encode()
    clients = crowd(ipamd, 50, request, wait=True)
    assert metrics(ipamd)["ipam_feed_followers"][None] == 50
    for s in clients:
        s.close()
    wait_for(lambda: metrics(ipamd)["ipam_feed_followers"][None] == 0)
    assert metrics(ipamd)["ipam_feed_ring_bytes"][None] == 0


@pytest.mark.parametrize("accept, encoding", [("gzip", "gzip"), ("gzip;q=0", None), ("identity, *;q=0", None), (None, None)])
def test_answers_in_gzip(ipamd, accept, encoding):
    import zlib
    answer = ipamd.get("/api/v1/openapi.json", headers={"Accept-Encoding": accept} if accept else {"Accept-Encoding": "identity"})
    assert answer.headers.get("content-encoding") == encoding and answer.headers["vary"] == "Accept-Encoding"
    plain = ipamd.get("/api/v1/openapi.json", headers={"Accept-Encoding": "identity"}).body
    assert (zlib.decompress(answer.body, 31) if encoding else answer.body) == plain
    assert encoding is None or len(answer.body) < len(plain) / 4
    small = ipamd.get("/livez", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers and "vary" not in small.headers


def test_ranges_are_not_served_in_parts(ipamd):
    """A server may ignore Range (RFC 9110, 14.2); what it must not do is to answer with something that is no part."""
    whole = ipamd.get("/api/v1/openapi.json", headers={"Accept-Encoding": "identity"})
    for value in ("bytes=0-9", "bytes=5-", "bytes=-1", "bytes=9999999-", "bytes=9-0", "bytes=0-0,2-3", "bytes=", "x=1", "bytes=" + "0-1," * 1000,
                  "bytes=99999999999999999999-"):
        answer = ipamd.get("/api/v1/openapi.json", headers={"Range": value, "Accept-Encoding": "identity"})
        assert answer.status == 200 and answer.body == whole.body and "content-range" not in answer.headers
