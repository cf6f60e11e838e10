# test_calls.py - the n-th system call fails, for each n: a clear answer or an end in order, and nothing lost or half done.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import collections
import errno
import http.client
import itertools
import os
import resource
import socket
import time

import pytest

import nth
import proc
from test_memory import NULL_DHCP, collect, eventually

SHORT = 0           # half of the transfer is done
# What the kernel says of each call, one after the other. Not epoll_ctl and libuv's first pipe, at whose failure it aborts.
ERRORS = {
    "open": (errno.EMFILE, errno.EIO), "read": (errno.EIO, errno.EINTR, SHORT), "write": (errno.EIO, errno.ENOSPC, SHORT),
    "readv": (errno.EIO,), "writev": (errno.EPIPE, errno.EINTR, errno.EAGAIN, SHORT),
    "pread": (errno.EIO, errno.EINTR, SHORT), "pwrite": (errno.EIO, errno.ENOSPC, errno.EINTR, SHORT),
    "fsync": (errno.EIO,), "fdatasync": (errno.EIO, errno.ENOSPC), "ftruncate": (errno.EIO, errno.ENOSPC),
    "unlink": (errno.EIO,), "rename": (errno.EIO,), "stat": (errno.EIO,), "fstat": (errno.EIO,),
    "fcntl": (errno.EIO, errno.EINTR), "mmap": (errno.ENOMEM,), "socket": (errno.EMFILE,), "socketpair": (errno.EMFILE,),
    "bind": (errno.EADDRINUSE,), "listen": (errno.EADDRINUSE,), "accept": (errno.EMFILE, errno.ECONNABORTED, errno.ENFILE),
    "send": (errno.EPIPE, errno.EAGAIN, SHORT), "recv": (errno.ECONNRESET, errno.EINTR, SHORT),
    "sendmsg": (errno.EPIPE, errno.EAGAIN), "recvmsg": (errno.ECONNRESET, errno.EINTR), "getsockname": (errno.ENOBUFS,),
    "getpeername": (errno.ENOTCONN,), "getsockopt": (errno.ENOBUFS,), "setsockopt": (errno.ENOBUFS,),
    "epoll_create": (errno.EMFILE,), "epoll_wait": (errno.EINTR,), "eventfd": (errno.EMFILE,),
    "pthread_create": (errno.EAGAIN,), "fork": (errno.EAGAIN,), "chmod": (errno.EPERM,), "mkdir": (errno.EACCES,),
    "shutdown": (errno.ENOTCONN,), "dup": (errno.EMFILE,),
}
NO_ANSWER = (None,)
REFUSED = (500, 503, 507)


@pytest.fixture
def service():
    s = nth.Service()
    s.start()
    assert s.ask("POST", "/api/v1/ipam/subnets", {"prefix": "10.1.0.0/20"})[0] == 201
    yield s
    s.close()


def name_of(error):
    return "short" if error == SHORT else errno.errorcode[error]


def calls_of(service, ask, who=nth.FIRST):
    """How often each call is made in a piece of work."""
    counts = {}
    for call in ERRORS:
        service.control.arm([call], nth.FOREVER, who=who)
        ask()
        counts[call] = service.control.count
        service.control.disarm()
    return {call: n for call, n in counts.items() if n}


def insist(service, ask):
    """What a patient client does: it asks again while there is no answer or 503, and the supervisor starts what ended."""
    deadline = time.monotonic() + 10
    while True:
        if service.ipamd.process.popen.poll() is not None:
            wrong = service.stopped_in_order((70, 71))
            assert wrong is None, wrong
            service.start()
        status, answer = ask()
        if status not in (503, None) or time.monotonic() > deadline:
            return status, answer
        time.sleep(0.02)


class Points:
    """(call, error, n), and what became of each."""

    def __init__(self, counts, tries):
        self.points = [(call, error, n) for call, count in counts.items() for error in ERRORS[call]
                       for n in nth.stride(count, tries)]
        self.seen = collections.Counter()

    def told(self):
        return ", ".join(f"{n} {what}" for what, n in self.seen.most_common())


def test_a_write_is_whole_or_refused(service, tell):
    """What was acknowledged is there, also after a kill; asked again with its claim, it is the same."""
    number, granted = itertools.count(), {}

    def ask(claim=None):
        claim = claim or f"claim-{next(number)}"
        status, answer = service.ask("POST", "/api/v1/ipam/subnets/10.1.0.0_20/allocate", {"claim": claim, "count": 2})
        if status in (200, 201):
            granted[claim] = sorted(i["address"] for i in answer["items"])
        return status, answer, claim

    for _ in range(20):
        ask()
    points = Points(calls_of(service, ask), 6)
    cpu = 0.0
    for call, error, n in points.points:
        where = f"{call}, number {n}, {name_of(error)}"
        before, began = service.cpu_s(), time.monotonic()
        service.control.arm([call], n, error=error)
        status, answer, claim = ask()
        hits = service.control.disarm()
        assert status in (200, 201, *NO_ANSWER, *REFUSED), f"{where}: {status} {answer}\n{service.ipamd.process.tail(40)}"
        if not service.running():
            wrong = service.stopped_in_order((70, 71))
            assert wrong is None, f"{where}: {wrong}"
            service.start()
            points.seen["ended"] += 1
        else:
            cpu = max(cpu, service.cpu_s() - before - 0.5 * (time.monotonic() - began))
        points.seen[f"answered {status}" if hits else "passed by"] += 1
        unknown = status is None or (status == 503 and "unknown" in answer["type"])
        again, answer = insist(service, lambda: ask(claim)[:2])
        assert again in (200, 201), f"{where}: {again} {answer}\n{service.ipamd.process.tail(40)}"
        if status in (200, 201):
            assert again == 200, f"{where}: acknowledged, and not there"
        elif not unknown:
            assert again == 201, f"{where}: refused with {status}, and there"
    service.ipamd.kill()
    service.start()
    held = collections.defaultdict(list)
    for item in service.ipamd.items("ipam/addresses"):
        held[item["claim"]].append(item["address"])
    assert {c: sorted(a) for c, a in held.items()} == granted
    assert len({a for some in granted.values() for a in some}) == 2 * len(granted), "an address was given twice"
    assert cpu < 0.3, "it spins"
    tell(f"{len(points.points)} points: {points.told()}")


def test_a_read_is_right_or_refused(service, tell):
    for n in range(30):
        assert service.ask("POST", "/api/v1/ipam/subnets/10.1.0.0_20/allocate", {"name": f"host-{n}"})[0] == 201
    paths = ("/api/v1/ipam/addresses", "/api/v1/audit/changes?limit=30", "/api/v1/ipam/subnets/10.1.0.0_20")

    def ask():
        return [service.ask("GET", path) for path in paths]

    right = ask()
    assert all(status == 200 for status, _ in right)
    points = Points(calls_of(service, ask), 8)
    for call, error, n in points.points:
        where = f"{call}, number {n}, {name_of(error)}"
        service.control.arm([call], n, error=error)
        answers = ask()
        hits = service.control.disarm()
        for given, wanted in zip(answers, right):
            if given != wanted:
                assert given[0] in (*NO_ANSWER, *REFUSED), f"{where}: {given}\n{service.ipamd.process.tail(40)}"
        points.seen[("right" if answers == right else "refused") if hits else "passed by"] += 1
        if not service.running():
            wrong = service.stopped_in_order((70, 71))
            assert wrong is None, f"{where}: {wrong}"
            service.start()
            points.seen["ended"] += 1
        eventually(lambda: ask() == right, f"{where}: it does not answer as before\n{service.ipamd.process.tail(40)}")
    tell(f"{len(points.points)} points: {points.told()}")


def test_start(tell):
    s = nth.Service()
    try:
        s.start()
        assert s.ask("POST", "/api/v1/ipam/subnets", {"prefix": "10.1.0.0/22"})[0] == 201
        before = s.ipamd.items("ipam/subnets")
        s.ipamd.process.stop()

        def start_and_stop():
            s.start()
            return s.ipamd.process.stop()

        points = Points(calls_of(s, start_and_stop), 3)
        for call, error, n in points.points:
            where = f"{call}, number {n}, {name_of(error)}"
            s.control.arm([call], n, error=error)
            try:
                s.start()
                answered = s.ask("GET", "/api/v1/ipam/subnets")
                assert answered[0] in (200, *NO_ANSWER, *REFUSED), f"{where}: {answered}"
                code = s.ipamd.process.stop()
                s.control.disarm()
                assert code in (0, 70, 71), f"{where}: it ended with {code}\n{s.ipamd.process.tail(60)}"
                points.seen["started"] += 1
            except proc.NotReady as e:
                s.control.disarm()
                code = s.ipamd.process.popen.returncode
                assert code in (70, 71, 78, 1), f"{where}: {e}\n{s.ipamd.process.tail(60)}"
                said = [line for line in s.ipamd.process.tail(4).splitlines() if line.startswith("<") or ": " in line]
                assert said, f"{where}: it does not say why"
                points.seen["said why not"] += 1
        s.start()
        assert s.ipamd.items("ipam/subnets") == before
        tell(f"{len(points.points)} points: {points.told()}")
    finally:
        s.close()


def test_checkpoints_that_cannot_be_read_are_not_written_on(tell, tmp_path):
    """Each read of the start fails in turn: no number of a checkpoint is ever given twice, and the log verifies."""
    own, sink = tmp_path / "checkpoints", tmp_path / "sink"
    s = nth.Service({"audit": {"key": str(tmp_path / "key"), "checkpoints": str(own), "sinks": [{"file": str(sink)}]}})
    made, ends = 0, {"started": 0, "said why not": 0}

    def seal():
        nonlocal made
        made += 1
        assert s.ask("POST", "/api/v1/ipam/subnets", {"prefix": f"10.{made}.0.0/24"})[0] == 201
        assert s.ask("POST", "/api/v1/audit/checkpoints")[0] == 201

    try:
        s.start()
        for _ in range(3):
            seal()
        (tmp_path / "public").write_text(s.ask("GET", "/api/v1/audit/checkpoints")[1]["key"] + "\n")
        s.ipamd.process.stop()
        s.control.arm(["pread"], nth.FOREVER)
        s.start()
        total = s.control.count
        s.ipamd.process.stop()
        for n in nth.stride(total, 200):
            s.control.arm(["pread"], n, error=errno.EIO)
            try:
                s.start()
                s.control.disarm()
                ends["started"] += 1
            except proc.NotReady:
                s.control.disarm()
                ends["said why not"] += 1
                assert s.ipamd.process.popen.returncode in (70, 71, 78), s.ipamd.process.tail(60)
                s.start()
            seal()
            assert s.ipamd.process.stop() == 0
            lines = own.read_text().splitlines()
            assert len(lines) == len(set(lines)), f"n={n}: a checkpoint is there twice"
        s.start()
        run = s.ipamd.ctl("audit", "verify", "--public-key", tmp_path / "public", "--checkpoints", sink, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        assert ends["said why not"] > 0, ends
        tell(f"{total} reads: {ends}")
    finally:
        s.close()


@pytest.mark.parametrize("who", [nth.FIRST, nth.OTHERS], ids=["ipamd", "keeper-and-helper"])
def test_collection(tell, who):
    """Neither side of the socket to a helper takes a cut answer for a whole one, and neither waits for ever."""
    s = nth.Service(NULL_DHCP)
    try:
        s.start()
        server = s.ask("POST", "/api/v1/inventory/servers", {
            "name": "dhcp.null.example", "driver": "null-dhcp", "profile": "many", "roles": ["dhcp"]})[1]["id"]
        assert collect(s, server) == "done"
        right = {kind: len(s.ipamd.items(f"dhcp/{kind}")) for kind in ("scopes", "leases", "reservations")}
        points = Points(calls_of(s, lambda: collect(s, server), who), 2 if who == nth.FIRST else 1)
        for call, error, n in points.points:
            where = f"{call}, number {n}, {name_of(error)}"
            s.control.arm([call], n, error=error, who=who)
            points.seen[str(collect(s, server))] += 1
            s.control.disarm()
            assert insist(s, lambda: s.ask("GET", "/api/v1/ipam/subnets"))[0] == 200, where
            for kind in right:  # storage that cannot be read any more ends the service, which is started anew
                assert insist(s, lambda k=kind: s.ask("GET", f"/api/v1/dhcp/{k}?limit=1"))[0] == 200, where
            found = {kind: len(s.ipamd.items(f"dhcp/{kind}")) for kind in right}
            assert found == right, f"{where}: {found}\n{s.ipamd.process.tail(40)}"
        deadline = time.monotonic() + 60
        while collect(s, server) != "done":
            assert time.monotonic() < deadline, s.ipamd.process.tail(60)
        tell(f"{len(points.points)} points: {points.told()}")
    finally:
        s.close()


def test_no_descriptor_is_left(service):
    """Those that come are turned away, without spinning; those that are there are served, and who comes later."""
    there = http.client.HTTPConnection("127.0.0.1", service.ipamd.port, timeout=10)
    there.request("GET", "/livez")
    assert there.getresponse().read() is not None
    pid = service.ipamd.process.pid
    limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(map(int, os.listdir(f"/proc/{pid}/fd"))) + 1, limit[1]))
    before, began = service.cpu_s(), time.monotonic()
    waiting = []
    for _ in range(20):
        waiting.append(socket.create_connection(("127.0.0.1", service.ipamd.port), timeout=10))
        waiting[-1].sendall(b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n")
        there.request("GET", "/livez")
        assert there.getresponse().read() is not None
        time.sleep(0.05)
    used, took = service.cpu_s() - before, time.monotonic() - began
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
    for client in waiting:
        client.close()
    eventually(service.answers, "it does not answer though it could")
    assert used < 0.3, f"{used} s of CPU in {took} s: it spins"
