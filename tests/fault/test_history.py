# test_history.py - weeks of samples: steps that are averages, a forecast and its interval, what is given up in time: items 83, 85; quarantine.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import datetime
import time

import pytest

import nth
from test_clock import parsed
from test_memory import NULL_DHCP

HOUR_MS, DAY_S = 3600 * 1000, 86400
UTC = datetime.timezone.utc
TASK = "/api/v1/system/tasks/utilization_history"


@pytest.fixture
def service():
    config = {**NULL_DHCP, "tasks": {name: {"enabled": False} for name in ("utilization", "address_expiry", "utilization_history")}}
    s = nth.Service(config)
    s.start()
    yield s
    s.close()


def text(at):
    return datetime.datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ask(s, method, path, body=None, status=200):
    got, answer = s.ask(method, path, body)
    assert got == status, (path, got, answer)
    return answer


def ended(s, path):
    job = ask(s, "POST", path, status=202)
    deadline = time.monotonic() + 20
    while job["state"] == "running":
        assert time.monotonic() < deadline, job
        time.sleep(0.005)
        job = ask(s, "GET", f"/api/v1/system/jobs/{job['id']}")
    assert job["state"] == "done", job


def live(s, subnet, host, days, growth):
    """Takes `growth` addresses and notes it four times a day, so many days; begins at a midnight. Where the clock is then."""
    start = (int(time.time()) // DAY_S + 1) * DAY_S
    taken = 0
    for quarter in range(4 * days):
        s.control.put(wall_ms=int((start + quarter * DAY_S / 4 + 60 - time.time()) * 1000))
        if quarter % 4 == 0:
            for _ in range(growth):
                taken += 1
                ask(s, "POST", "/api/v1/ipam/addresses", {"address": host.format(taken)}, 201)
        ended(s, f"{TASK}/run")
    return start, start + days * DAY_S


@pytest.mark.parametrize("prefix, host", [("10.1.0.0/24", "10.1.0.{}"), ("2001:db8::/120", "2001:db8::{:x}")])
def test_weeks_of_growth_83_85(service, prefix, host):
    s, days, growth = service, 40, 4
    subnet = ask(s, "POST", "/api/v1/ipam/subnets", {"prefix": prefix}, 201)
    path = f"/api/v1/ipam/subnets/{subnet['id']}/utilization"
    begin, now = live(s, subnet, host, days, growth)
    by_day = ask(s, "GET", f"{path}?from={text(begin)}&to={text(now)}&step=1d")["items"]
    assert [(int(i["used"]), int(i["peak"]), i["samples"]) for i in by_day] == [(growth * n, growth * n, 4) for n in range(1, days + 1)]
    twelve = ask(s, "GET", f"{path}?from={text(now - 36 * DAY_S)}&to={text(now)}")["items"]
    assert len(twelve) == 12 and all(i["samples"] == 12 for i in twelve)  # three days each
    assert [int(i["used"]) for i in twelve] == [growth * (6 + 3 * k) for k in range(12)]
    quarters = ask(s, "GET", f"{path}?from={text(begin)}&to={text(now)}&step=6h")["items"]
    assert len(quarters) == 4 * days and all(i["samples"] == 1 for i in quarters)
    # 256 addresses, 160 of them taken, four a day: full in 24 days.
    full = ask(s, "GET", f"{path}?forecast=true")["items"][0]
    assert full["forecast"] == "expected", full
    assert abs(parsed(full["full"]) - (now + 24 * DAY_S)) < 2 * DAY_S
    assert parsed(full["full_earliest"]) <= parsed(full["full"]) <= parsed(full["full_latest"])
    # Minutes are kept for 32 days, hours and days longer: the first days are known by the hour alone.
    s.ipamd.kill()
    s.start()
    s.control.put(wall_ms=int((now + 60 - time.time()) * 1000))
    ended(s, f"{TASK}/run")
    first = ask(s, "GET", f"{path}?from={text(begin)}&to={text(begin + DAY_S)}&step=6h")["items"]
    assert [i["samples"] for i in first] == [1] * 4
    early = ask(s, "GET", f"{path}?from={text(begin + 30)}&to={text(begin + DAY_S)}&step=90m")["items"]
    assert sum(i["samples"] for i in early) == 3  # by the hour, the first of which began before
    # What was before the tenth day is given up, in steps of any length.
    ended(s, f"{TASK}/purge?before={text(begin + 10 * DAY_S)}")
    by_day = ask(s, "GET", f"{path}?from={text(begin)}&to={text(now)}&step=1d")["items"]
    assert [i["samples"] for i in by_day] == [0] * 10 + [4] * (days - 10)
    quarters = ask(s, "GET", f"{path}?from={text(begin)}&to={text(now)}&step=6h")["items"]
    assert [i["samples"] for i in quarters] == [0] * 40 + [1] * (4 * days - 40)


def test_what_stands_still_has_no_date(service):
    s = service
    subnet = ask(s, "POST", "/api/v1/ipam/subnets", {"prefix": "10.1.0.0/24"}, 201)
    ask(s, "POST", "/api/v1/ipam/addresses", {"address": "10.1.0.7"}, 201)
    live(s, subnet, "10.1.0.{}", 10, 0)
    now = ask(s, "GET", f"/api/v1/ipam/subnets/{subnet['id']}/utilization?forecast=true")["items"][0]
    assert now["forecast"] == "steady" and "full" not in now


def test_quarantine_ends_by_itself(service):
    """Looked for every minute; the clock that counts is the backend's."""
    s = service
    ask(s, "POST", "/api/v1/ipam/subnets", {"prefix": "10.1.0.0/24", "quarantine": 30 * DAY_S}, 201)
    for n in (7, 8):
        ask(s, "POST", "/api/v1/ipam/addresses", {"address": f"10.1.0.{n}"}, 201)
        ask(s, "DELETE", f"/api/v1/ipam/addresses/10.1.0.{n}", status=204)
        s.control.put(wall_ms=15 * DAY_S * 1000 * (n - 6))
    s.ipamd.kill()
    s.start()
    s.control.put(wall_ms=31 * DAY_S * 1000)
    deadline = time.monotonic() + 90
    while len(ask(s, "GET", "/api/v1/ipam/quarantines")["items"]) == 2:
        assert time.monotonic() < deadline, "it does not end"
        time.sleep(0.5)
    assert [q["address"] for q in ask(s, "GET", "/api/v1/ipam/quarantines")["items"]] == ["10.1.0.8"]
    ask(s, "POST", "/api/v1/ipam/addresses", {"address": "10.1.0.7"}, 201)
    ask(s, "POST", "/api/v1/ipam/addresses", {"address": "10.1.0.8"}, 409)
