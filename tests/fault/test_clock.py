# test_clock.py - the wall clock jumps by hours and decades: nothing hangs, nothing fires in a storm, nothing is given twice.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import datetime
import email.utils
import http.client
import sqlite3
import time

import pytest

import nth
from test_memory import NULL_DHCP, collect

HOUR_MS = 3600 * 1000
UTC = datetime.timezone.utc


def ahead_at(*date):
    """How far ahead the clock is when it shows this date."""
    return int((datetime.datetime(*date, tzinfo=UTC) - datetime.datetime.now(UTC)).total_seconds() * 1000)


# One after the other: forward and back, over the ends of 32 bits, a leap day, and to where the first time is long to come.
JUMPS = {
    "an hour ahead": lambda: HOUR_MS, "an hour back": lambda: -HOUR_MS, "ten years ahead": lambda: 10 * 8766 * HOUR_MS,
    "now": lambda: 0, "ten years back": lambda: -10 * 8766 * HOUR_MS,
    "over the end of signed 32 bits": lambda: ahead_at(2038, 1, 19, 3, 14, 7),
    "over the end of unsigned 32 bits": lambda: ahead_at(2106, 2, 7, 6, 28, 15),
    "over a leap day": lambda: ahead_at(2028, 2, 29, 23, 59, 59), "at the epoch": lambda: ahead_at(1970, 1, 1, 0, 0, 1),
    "now again": lambda: 0,
}


@pytest.fixture
def service():
    s = nth.Service(NULL_DHCP)
    s.start()
    assert s.ask("POST", "/api/v1/ipam/subnets", {"prefix": "10.200.0.0/20"})[0] == 201
    s.server = s.ask("POST", "/api/v1/inventory/servers", {
        "name": "dhcp.null.example", "driver": "null-dhcp", "profile": "many", "roles": ["dhcp"]})[1]["id"]
    assert collect(s, s.server) == "done"
    yield s
    s.close()


def shown(service):
    """What the clock of the service shows, in seconds."""
    return time.time() + service.control.wall_ms / 1000


def parsed(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def allocate(service, claim):
    status, answer = service.ask("POST", "/api/v1/ipam/subnets/10.200.0.0_20/allocate", {"claim": claim}, timeout=5)
    assert status in (200, 201), (claim, status, answer)
    return answer["items"][0]["address"]


def work(service, word):
    """What people and servers do, and what it must say of the time."""
    given = {f"{word}-{n}": allocate(service, f"{word}-{n}") for n in range(5)}
    change = service.ask("GET", "/api/v1/audit/changes?limit=1")[1]["items"][0]
    assert abs(parsed(change["time"]) - shown(service)) < 60, f"{word}: {change}"
    date = service.ipamd.get("/livez", token=None).headers["date"]
    assert abs(email.utils.parsedate_to_datetime(date).timestamp() - shown(service)) < 60, f"{word}: {date}"
    assert collect(service, service.server) == "done", word
    job = service.ask("GET", "/api/v1/system/jobs?limit=1000")[1]["items"][-1]
    assert parsed(job["finished"]) >= parsed(job["created"]), f"{word}: {job}"
    return given


def in_order(service):
    """Revisions are told in their order, whatever times they have."""
    revs = [c["id"] for c in service.ipamd.items("audit/changes")]
    assert revs == sorted(revs, reverse=True) and len(set(revs)) == len(revs)
    assert revs[0] == int(service.ipamd.get("/readyz").headers["ipam-revision"])


def idles(service, seconds):
    """No timer fires over and over."""
    before = service.cpu_s()
    time.sleep(seconds)
    assert service.cpu_s() - before < 0.3 * seconds + 0.05, "it is busy with nothing"


def test_jumps_while_it_runs(service):
    pid, given, said = service.ipamd.process.pid, {}, len(service.ipamd.log())
    for word, ahead in JUMPS.items():
        service.control.put(wall_ms=ahead())
        given.update(work(service, word))
        idles(service, 0.3)
        if "over" in word:
            time.sleep(1.2)     # the moment itself
            given.update(work(service, word + " behind it"))
    assert len(set(given.values())) == len(given), "an address was given twice"
    assert {claim: allocate(service, claim) for claim in given} == given, "a claim was given another address"
    in_order(service)
    assert service.ipamd.process.pid == pid and service.running(), "it was started anew"
    log = service.ipamd.log()[said:]
    assert "<3>" not in log and "<4>" not in log, log


def test_jumps_between_starts(service):
    given = {}
    for word, ahead in JUMPS.items():
        before = service.ipamd.items("ipam/addresses"), service.ipamd.items("dhcp/leases")
        assert service.ipamd.process.stop() == 0
        service.control.put(wall_ms=ahead())
        began = time.monotonic()
        service.start()
        assert time.monotonic() - began < 10, word
        assert (service.ipamd.items("ipam/addresses"), service.ipamd.items("dhcp/leases")) == before, word
        given.update(work(service, word))
    assert {claim: allocate(service, claim) for claim in given} == given
    in_order(service)


def keyed(service):
    """The address that a request with one key is given, and whether the answer is one that was kept."""
    answer = service.ipamd.post("/api/v1/ipam/subnets/10.200.0.0_20/allocate", {"name": "x"}, headers={"Idempotency-Key": "order-1"})
    assert answer.status == 201, answer
    return answer.json()["items"][0]["address"], answer.headers.get("idempotency-replayed") == "true"


def answers_kept(service):
    """How many answers the database of a service that is stopped holds."""
    with sqlite3.connect(f"file:{service.data}/ipam.db?mode=ro", uri=True) as db:
        return db.execute("SELECT count(*) FROM idempotency_answer").fetchone()[0]


def test_a_key_is_good_for_seven_days_and_then_forgotten(service):
    day = 24 * HOUR_MS
    first, kept = keyed(service)
    assert not kept and keyed(service) == (first, True)
    service.control.put(wall_ms=7 * day - HOUR_MS)
    assert keyed(service) == (first, True)
    service.control.put(wall_ms=7 * day + HOUR_MS)
    second, kept = keyed(service)
    assert second != first and not kept
    assert service.ipamd.process.stop() == 0
    assert answers_kept(service) == 1
    service.control.put(wall_ms=15 * day)
    service.start()
    time.sleep(1)   # forgetting begins 50 ms after the start
    assert service.ipamd.process.stop() == 0
    assert answers_kept(service) == 0


def test_a_jump_under_way(service):
    """While a request is awaited, a connection idles and a job runs: all of them are timed by what only goes forward."""
    idle = http.client.HTTPConnection("127.0.0.1", service.ipamd.port, timeout=10)
    idle.request("GET", "/livez")
    assert idle.getresponse().read() is not None
    status, job = service.ask("POST", f"/api/v1/inventory/servers/{service.server}/collect")
    assert status == 202, job
    for ahead in (10 * 8766 * HOUR_MS, -10 * 8766 * HOUR_MS, 0):
        service.control.put(wall_ms=ahead)
        idle.request("GET", "/livez")
        answer = idle.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True), "the connection was closed as idle"
    assert collect(service, service.server) == "done"
