# test_memory.py - the n-th allocation fails, for each n: a clear answer or an end in order, and nothing half done.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import itertools
import re
import resource
import time

import pytest

import nth
import proc

SUBNET = "10.1.0.0/22"
REFUSED = (503, 507)


@pytest.fixture
def service():
    s = nth.Service()
    s.start()
    for prefix in (SUBNET, "10.2.0.0/24"):
        assert s.ask("POST", "/api/v1/ipam/subnets", {"prefix": prefix, "name": "floor"})[0] == 201
    for n in range(40):
        assert s.ask("POST", "/api/v1/ipam/subnets/10.1.0.0_22/allocate", {"name": f"host-{n}"})[0] == 201
    yield s
    s.close()


class Work:
    """A request of which each try is another, and what it must have left when it was answered so."""

    def __init__(self, service):
        self.service, self.number = service, itertools.count(1)

    def fresh(self):
        return next(self.number)

    def items(self, resource):
        return self.service.ipamd.items(resource)


class CreateSubnet(Work):
    def ask(self):
        n = self.fresh()
        self.prefix = f"10.{100 + n // 250}.{n % 250}.0/24"
        return self.service.ask("POST", "/api/v1/ipam/subnets", {"prefix": self.prefix, "name": f"name of {self.prefix}",
                                                               "description": "d" * 300, "vlans": [10, 20, 30]})

    def done(self):
        status, item = self.service.ask("GET", "/api/v1/ipam/subnets/" + self.prefix.replace("/", "_"))
        assert status in (200, 404), item
        if status == 404:
            return False
        assert (item["name"], item["vlans"], len(item["description"])) == (f"name of {self.prefix}", [10, 20, 30], 300)
        return True


class Allocate(Work):
    def ask(self):
        self.claim = f"claim-{self.fresh()}"
        return self.service.ask("POST", "/api/v1/ipam/subnets/10.1.0.0_22/allocate",
                              {"claim": self.claim, "count": 3, "name": self.claim})

    def done(self):
        mine = [a for a in self.items("ipam/addresses") if a.get("claim") == self.claim]
        assert len(mine) in (0, 3) and len({a["address"] for a in mine}) == len(mine), mine
        return bool(mine)


class CreateMany(Work):
    """All or nothing."""

    def ask(self):
        n = self.fresh()
        self.prefixes = [f"fd00:{n:x}:{i:x}::/64" for i in range(1, 61)]
        return self.service.ask("POST", "/api/v1/ipam/subnets", [{"prefix": p} for p in self.prefixes])

    def done(self):
        there = {s["prefix"] for s in self.items("ipam/subnets")} & set(self.prefixes)
        assert len(there) in (0, 60), there
        return bool(there)


class Change(Work):
    def ask(self):
        self.name = f"name {self.fresh()}"
        return self.service.ask("PATCH", "/api/v1/ipam/subnets/10.2.0.0_24", {"name": self.name})

    def done(self):
        return self.service.ask("GET", "/api/v1/ipam/subnets/10.2.0.0_24")[1]["name"] == self.name




WRITES = [CreateSubnet, Allocate, CreateMany, Change]
READS = {
    "list": "/api/v1/ipam/addresses?limit=1000",
    "filtered": "/api/v1/ipam/addresses?within=10.1.0.0/24",
    "object": "/api/v1/ipam/subnets/10.1.0.0_22",
    "free": "/api/v1/ipam/subnets/10.1.0.0_22/free",
    "changes": "/api/v1/audit/changes?limit=20",
    "find": "/api/v1/find?q=10.1.0.1",
    "openapi": "/api/v1/openapi.json",
    "plugins": "/api/v1/system/plugins",
    "missing": "/api/v1/ipam/subnets/10.77.0.0_24",
}


def eventually(true, what):
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


STORED = ("list", "filtered", "changes")
COUNTED = ("running", "waiting", "calls")


def settled(service, upto=0):
    """Blocks that are allocated once nothing is under way, or as soon as it is not more than `upto`."""
    before, same = None, 0
    deadline = time.monotonic() + 1
    while same < 3 and time.monotonic() < deadline:
        now = service.control.live
        if now <= upto:
            return now
        same = same + 1 if now == before else 0
        before = now
        time.sleep(0.003)
    return before


def count_of(service, ask):
    """How many allocations it takes, the second time."""
    ask()
    service.control.arm(["malloc"], nth.FOREVER)
    status, answer = ask()
    service.control.disarm()
    assert status in (200, 201, 404), answer
    return service.control.count


def attempt(service, work, n, hold):
    """One try. Returns (answered, hit)."""
    service.control.arm(["malloc"], n, hold=hold)
    status, answer = work.ask()
    hits = service.control.disarm()
    if not service.running():
        wrong = service.stopped_in_order()
        assert wrong is None, f"n={n}: {wrong}"
        assert status is None or status in REFUSED, (n, status, answer)
        service.start()
    done = work.done()
    if status in (200, 201):
        assert done, f"n={n}: it was acknowledged, and is not there"
    elif status is not None:
        assert status in REFUSED, f"n={n}: {status} {answer}\n{service.ipamd.process.tail(40)}"
        assert not done, f"n={n}: it was refused with {status}, and is there"
        assert answer["detail"], answer
    return hits


@pytest.mark.parametrize("hold", [0, nth.FOREVER], ids=["once", "from-then-on"])
@pytest.mark.parametrize("kind", WRITES, ids=lambda k: k.__name__)
def test_a_write_is_whole_or_refused(service, tell, kind, hold):
    work = kind(service)
    total = count_of(service, work.ask)
    hits = 0
    for n in nth.stride(total + 3, 40 if hold == nth.FOREVER else 120):
        hits += attempt(service, work, n, hold) > 0
    assert hits > 10, "nothing has failed"
    head = int(service.ipamd.get("/readyz").headers["ipam-revision"])
    revs = [c["id"] for c in service.ipamd.items("audit/changes")]
    assert sorted(revs) == list(range(1, head + 1)), "a revision is missing, or there twice"
    before = service.ipamd.items("ipam/addresses"), service.ipamd.items("ipam/subnets")
    assert service.ipamd.process.stop() == 0
    service.start()
    assert (service.ipamd.items("ipam/addresses"), service.ipamd.items("ipam/subnets")) == before
    tell(f"{kind.__name__}: {hits} of {total} allocations failed; it ended {service.ends} times")


@pytest.mark.parametrize("name", READS)
def test_a_read_is_right_or_refused(service, tell, name):
    """Nothing leaks: what was allocated is freed whichever allocation fails."""
    def ask():
        status, answer = service.ask("GET", READS[name])
        for plugin in answer["items"] if name == "plugins" and status == 200 else ():
            for moves in COUNTED:  # storage goes on meanwhile
                plugin.pop(moves, None)
        return status, answer

    def attempt_at(n):
        """Blocks more than before, once the connection is gone too."""
        live = settled(service)
        service.control.arm(["malloc"], n)
        answer = ask()
        hits = service.control.disarm()
        assert service.running(), service.stopped_in_order()
        if answer != right:
            assert answer[0] is None or answer[0] in REFUSED, f"n={n}: {answer}\n{service.ipamd.process.tail(40)}"
        assert ask() == right
        return hits > 0, answer != right, settled(service, live) - live

    right = ask()
    total = count_of(service, ask)
    for _ in range(1100 if name in STORED else 4):  # ipamd keeps a pool of handles for what runs on threads
        assert ask() == right
    descriptors = service.descriptors()
    tries = {n: attempt_at(n) for n in nth.stride(total + 1, 120)}
    hits, refused = sum(t[0] for t in tries.values()), sum(t[1] for t in tries.values())
    # A cache may grow once; what grows each time is a leak.
    leaks = [n for n, t in tries.items() if t[2] > 0 and all(attempt_at(n)[2] > 0 for _ in range(3))]
    assert not leaks, f"blocks are left when one of these allocations fails: {leaks}\n{service.ipamd.process.tail(60)}"
    assert hits > 3, "nothing has failed"
    eventually(lambda: service.descriptors() <= descriptors, "descriptors are left open")
    tell(f"{name}: {hits} of {total} allocations failed, {refused} refused")


def test_a_backup_is_whole_or_cut(service, tell, tmp_path):
    """Whichever allocation fails: a backup verifies, or says in its last block why it is none, or is seen to be cut."""
    for n in range(4):
        assert service.ask("POST", "/api/v1/ipam/subnets/10.1.0.0_22/allocate", {"count": 200, "name": "x" * 200})[0] == 201
    file = tmp_path / "backup"

    def backup():
        """The status; None for one that was cut, 0 for one that says what it lacks."""
        try:
            answer = service.ipamd.request("POST", "/api/v1/system/backup", timeout=15)
        except (OSError, http.client.HTTPException):
            return None
        if answer.status == 200:
            file.write_bytes(answer.body)
            verdict = service.ipamd.ctl("backup", "--verify", file, check=False)
            assert verdict.returncode == 0 or "out of memory" in verdict.stderr, verdict.stderr
            return 200 if verdict.returncode == 0 else 0
        return answer.status

    assert backup() == 200
    service.control.arm(["malloc"], nth.FOREVER)
    assert backup() == 200
    service.control.disarm()
    total = service.control.count
    ends = {200: 0, 0: 0, 503: 0, 507: 0, None: 0}
    for n in nth.stride(total + 1, 120):
        service.control.arm(["malloc"], n)
        ends[backup()] += 1
        service.control.disarm()
        assert service.running(), service.stopped_in_order(())
    eventually(lambda: backup() == 200, "no backup can be had any more")
    tell(f"{total} allocations: {ends}")


def test_an_export_is_whole_or_cut(tell, tmp_path):
    """Whichever allocation fails: an export of the change log is the same to the byte, or refused, or seen to be cut."""
    own = {name: str(tmp_path / name) for name in ("key", "checkpoints")}
    service = nth.Service({"audit": {**own, "sinks": [{"file": str(tmp_path / "sink")}]}})
    service.start()
    try:
        for n in range(4):
            rows = [{"prefix": f"10.{n}.{i}.0/24", "description": "x" * 400} for i in range(200)]
            made = service.ask("POST", "/api/v1/ipam/subnets", rows)
            assert made[0] == 201, made
        assert service.ask("POST", "/api/v1/audit/checkpoints")[0] == 201

        def export():
            return service.ask("GET", "/api/v1/audit/export")

        right = export()
        assert right[0] == 200 and len(right[1]) > 256 << 10
        service.control.arm(["malloc"], nth.FOREVER)
        assert export() == right
        service.control.disarm()
        total, ends = service.control.count, {200: 0, 503: 0, 507: 0, None: 0}
        for n in nth.stride(total + 1, 120):
            service.control.arm(["malloc"], n)
            answer = export()
            service.control.disarm()
            assert service.running(), service.stopped_in_order(())
            assert answer[0] != 200 or answer == right, f"n={n}: {answer[1][-200:]}"
            ends[answer[0]] += 1
        assert export() == right
        tell(f"{total} allocations: {ends}")
    finally:
        service.close()


def test_start(tell):
    """Whichever allocation of the start fails, it starts or says why; the next start is a normal one. libseccomp, which does
    not look whether it got its memory, makes its filters in processes of their own."""
    s = nth.Service()
    s.start()
    assert s.ask("POST", "/api/v1/ipam/subnets", {"prefix": SUBNET})[0] == 201
    assert s.ask("POST", "/api/v1/ipam/subnets/10.1.0.0_22/allocate", {"claim": "first"})[0] == 201
    before = s.ipamd.items("ipam/addresses")
    s.ipamd.process.stop()
    s.control.arm(["malloc"], nth.FOREVER)
    s.start()
    total = s.control.count
    s.control.disarm()
    s.ipamd.process.stop()
    started = ended = 0
    for n in nth.stride(total, 100):
        s.control.arm(["malloc"], n)
        try:
            s.start()
            started += 1
            s.control.disarm()
            assert s.ipamd.items("ipam/addresses") == before
            assert s.ipamd.process.stop() == 0, s.ipamd.process.tail(40)
        except proc.NotReady as e:
            s.control.disarm()
            ended += 1
            code = s.ipamd.process.popen.returncode
            assert code in (70, 71, 78), f"n={n}: {e}\n{s.ipamd.process.tail(60)}"
            said = s.ipamd.process.tail(60)  # the system's loader has words of its own
            assert re.search(r"memory|could not be had|cannot be loaded: \S+: cannot (create|allocate|open shared object file\n)", said), f"n={n}: {said}"
    s.start()
    assert s.ipamd.items("ipam/addresses") == before
    s.close()
    tell(f"{total} allocations at the start; {started} starts went on, {ended} said why not")


NULL_DHCP = {"plugins": [{"name": "null-dhcp"}], "profiles": [
    {"name": "many", "driver": "null-dhcp", "options": {"scopes": 2, "leases": 200, "reservations": 5}}]}


def collect(service, server):
    """Collects until the job has ended; its state, or None when the service has."""
    status, job = service.ask("POST", f"/api/v1/inventory/servers/{server}/collect")
    deadline = time.monotonic() + 60
    while status in (200, 202) and job["state"] in ("waiting", "running"):
        assert time.monotonic() < deadline, f"it hangs: {job}\n{service.ipamd.process.tail(60)}"
        time.sleep(0.01)
        status, job = service.ask("GET", f"/api/v1/system/jobs/{job['id']}")
    return job["state"] if status in (200, 202) else None


@pytest.mark.parametrize("who", [nth.FIRST, nth.OTHERS], ids=["ipamd", "helper"])
def test_collection(tell, who):
    """Whatever is out of memory, what a server has is never taken for half of it, and the next collection is whole."""
    s = nth.Service(NULL_DHCP)
    try:
        s.start()
        server = s.ask("POST", "/api/v1/inventory/servers", {
            "name": "dhcp.null.example", "driver": "null-dhcp", "profile": "many", "roles": ["dhcp"]})[1]["id"]
        assert collect(s, server) == "done"
        right = {kind: len(s.ipamd.items(f"dhcp/{kind}")) for kind in ("scopes", "leases", "reservations")}
        assert right == {"scopes": 2, "leases": 200, "reservations": 5}
        s.control.arm(["malloc"], nth.FOREVER, who=who)
        assert collect(s, server) == "done"
        total = s.control.count
        s.control.disarm()
        states = []
        for n in nth.stride(total, 60 if who == nth.FIRST else 12):
            s.control.arm(["malloc"], n, who=who)
            states.append(collect(s, server))
            s.control.disarm()
            if not s.running():
                assert s.stopped_in_order() is None, s.ipamd.process.tail(60)
                s.start()
            assert {kind: len(s.ipamd.items(f"dhcp/{kind}")) for kind in right} == right, (n, s.ipamd.process.tail(60))
        assert "signal" not in s.ipamd.log(), s.ipamd.process.tail(60)
        deadline = time.monotonic() + 60
        while collect(s, server) != "done":     # a helper that died is started again after a while
            assert time.monotonic() < deadline, s.ipamd.process.tail(60)
        tell(f"{total} allocations in {('ipamd', 'the helper')[who]}; collections ended {sorted(map(str, states))}")
    finally:
        s.close()


def test_ipamctl(service, tell):
    """It shows what there is, or says why not."""
    control = nth.Control(service.dir + "/ctl")
    env = {**control.env, "LC_ALL": "C.UTF-8"}
    argv = ("address", "list", "-o", "table")
    control.arm(["malloc"], nth.FOREVER, who=nth.ALL)
    right = service.ipamd.ctl(*argv, env=env).stdout
    total = control.count
    shown = refused = 0
    for n in nth.stride(total, 60):
        control.put(pid=0)
        control.arm(["malloc"], n, who=nth.ALL)
        run = service.ipamd.ctl(*argv, env=env, check=False)
        assert run.returncode >= 0, f"n={n}: {run}"
        if run.returncode == 0:
            shown += 1
            assert run.stdout == right, n
        else:
            refused += 1
            assert re.sub(r"nth: .*|^/.*", "", run.stderr, flags=re.M).strip(), f"n={n}: it does not say why"
    tell(f"{total} allocations in ipamctl; {shown} times it showed what there is, {refused} times it said why not")


def test_a_body_that_memory_does_not_hold(tell):
    """Without the preloaded library: the kernel refuses. One request is too much, the next ones are not."""
    s = nth.Service()
    s.ipamd.process.env = {k: v for k, v in s.ipamd.process.env.items() if k not in s.control.env}
    s.start()
    try:
        mapped = int(open(f"/proc/{s.ipamd.process.pid}/statm").read().split()[0]) * resource.getpagesize()
        refused = 0
        for mib in (4, 12, 16, 24):
            resource.prlimit(s.ipamd.process.pid, resource.RLIMIT_AS, (mapped + (mib << 20), resource.RLIM_INFINITY))
            for body in ([{"prefix": f"10.{i // 250}.{i % 250}.0/24", "name": "x" * 900} for i in range(9000)],
                         [{"prefix": "10.9.0.0/24", "name": "x" * (15 << 20)}], [[[1] * 50] * 1000] * 60):
                status, answer = s.ask("POST", "/api/v1/ipam/subnets", body)
                refused += status in REFUSED
                assert status in (503, 507, 400, 422, 413) or status is None, (mib, status, str(answer)[:500])
                assert s.running(), s.ipamd.process.tail()
                assert s.ask("GET", "/api/v1/ipam/subnets")[0] == 200
        assert s.ask("POST", "/api/v1/ipam/subnets", {"prefix": "10.254.0.0/24"})[0] == 201
        assert [i["prefix"] for i in s.ipamd.items("ipam/subnets")] == ["10.254.0.0/24"]
        assert refused > 3
        tell(f"{refused} requests were refused for want of memory")
    finally:
        s.close()
