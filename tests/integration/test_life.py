# test_life.py - the daemon's start and stop at bad moments, and clients that go away while it works for them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import json
import signal
import subprocess
import threading
import time

import pytest

import daemon
import fakes
from test_api import create, problem

STOP_S = 6  # to the end of the process, whatever it was doing


def stop(ipamd):
    """SIGTERM; the daemon ends by itself, with 0, soon, and without a word of a sanitizer."""
    began = time.monotonic()
    ipamd.process.popen.terminate()
    assert ipamd.process.popen.wait(30) == 0, ipamd.log()[-3000:]
    took = time.monotonic() - began
    assert took < STOP_S, (took, ipamd.log()[-2000:])
    assert "stop-forced" not in ipamd.log() and "Sanitizer" not in ipamd.log(), ipamd.log()[-3000:]


def leave(ipamd, method, path, body=None, after=0.0):
    """Sends a request and goes away without its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.PORT, timeout=10)
    connection.request(method, path, json.dumps(body) if body is not None else None,
                       {"Authorization": "Bearer " + ipamd.token, "Content-Type": "application/json"})
    time.sleep(after)
    connection.close()


def test_a_stop_at_any_moment_of_the_start(make_ipamd):
    ipamd = make_ipamd()
    began = time.monotonic()
    ipamd.restart()
    whole = time.monotonic() - began
    stop(ipamd)
    for i in range(24):
        with open(ipamd.process.log, "ab") as log:
            ipamd.process.popen = subprocess.Popen(ipamd.process.argv, stdout=log, stderr=subprocess.STDOUT, cwd=ipamd.dir,
                                                   env=ipamd.process.env)
        time.sleep(whole * i / 20)
        ipamd.process.popen.terminate()
        assert ipamd.process.popen.wait(STOP_S) in (0, -signal.SIGTERM)  # before it listens for signals: the system's way
    ipamd.start()
    stop(ipamd)


@pytest.mark.parametrize("method,path,body", [
    ("GET", "ipam/addresses?limit=1000&count=true", None), ("GET", "ipam/addresses/10.2.0.7", None), ("GET", "audit/changes?limit=1000", None),
    ("GET", "audit/changes/2", None), ("GET", "system/jobs/1", None), ("POST", "ipam/subnets/10.2.0.0_22/allocate", {"count": 200}),
    ("POST", "ipam/subnets/10.2.0.0_22/allocate", {"claim": "same"}), ("PATCH", "ipam/addresses/10.2.0.7", {"name": "x"}),
    ("DELETE", "ipam/addresses/10.2.0.7", None), ("POST", "inventory/servers/127.0.0.1/probe", None),
    ("DELETE", "inventory/servers/127.0.0.1", None)])
def test_clients_that_go_away(make_ipamd, method, path, body):
    ipamd = make_ipamd()
    create(ipamd, "ipam/subnets", prefix="10.2.0.0/22")
    ipamd.add_kea(collect=False)
    ipamd.post("/api/v1/ipam/subnets/10.2.0.0_22/allocate", {"count": 100})
    for i in range(20):
        leave(ipamd, method, f"/api/v1/{path}", body, after=i * 0.0003)
    assert ipamd.get("/api/v1/ipam/spaces").status == 200
    leave(ipamd, method, f"/api/v1/{path}", body)
    stop(ipamd)


def hanging(make_ipamd, fake):
    ipamd = make_ipamd(config={"profiles": [{"name": "kea-site", "driver": "kea", "options": {
        "port": fake.port, "timeout": "60s"}}]})
    ipamd.add_kea(collect=False)
    return ipamd


@pytest.mark.parametrize("verb", ["collect", "probe"])
def test_a_stop_while_a_server_hangs(make_ipamd, verb):
    with fakes.FakeServer("hang") as fake:
        ipamd = hanging(make_ipamd, fake)
        jobs = [ipamd.post(f"/api/v1/inventory/servers/127.0.0.1/{verb}").headers["location"] for _ in range(3)]
        deadline = time.monotonic() + 10
        while not fake.requests and time.monotonic() < deadline:
            time.sleep(0.05)
        stop(ipamd)
        ipamd.start()
        assert {ipamd.get(job).json()["state"] for job in jobs} <= {"canceled", "interrupted"}
        stop(ipamd)


def managed(kea, ipamd):
    """A subnet on a server that ipamd may change."""
    ipamd.add_kea()
    return kea.subnet_list()[0]["subnet"].replace("/", "_")


def reserve(ipamd, subnet, n):
    return ipamd.post(f"/api/v1/ipam/subnets/{subnet}/allocate?wait=60s",
                      {"mac": f"02:00:00:00:77:{n:02x}", "name": f"r{n}", "reservation": True}, timeout=70)


@pytest.mark.parametrize("trouble", ["gone", "frozen"])
def test_a_stop_while_clients_wait_for_a_plan(kea, make_ipamd, trouble):
    ipamd = make_ipamd()
    subnet = managed(kea, ipamd)
    dhcp4 = kea.services["dhcp4"]
    if trouble == "gone":
        kea.kill("agent")
    else:
        dhcp4.popen.send_signal(signal.SIGSTOP)
    try:
        answers = []
        waiting = [threading.Thread(target=lambda n=n: answers.append(reserve(ipamd, subnet, n))) for n in range(3)]
        for thread in waiting:
            thread.start()
        leave(ipamd, "POST", f"/api/v1/ipam/subnets/{subnet}/allocate?wait=60s",
              {"mac": "02:00:00:00:77:99", "reservation": True}, after=1.0)
        time.sleep(1.0)
        assert answers == []
        stop(ipamd)
        for thread in waiting:
            thread.join(10)
        # What was promised is durable; only the server has not heard of it yet.
        assert [a.status for a in answers] == [201] * 3, answers
        assert {a.json()["items"][0]["dhcp_sync"] for a in answers} == {"pending"}
    finally:
        dhcp4.popen.send_signal(signal.SIGCONT)
    if trouble == "gone":
        kea.restart("agent")
    ipamd.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and any(p["state"] in ("planned", "running") for p in ipamd.items("manage/plans")):
        time.sleep(0.2)
    assert {p["state"] for p in ipamd.items("manage/plans")} == {"verified"}, ipamd.items("manage/plans")
    assert len([r for r in kea.reservations() if r.get("hw-address", "").startswith("02:00:00:00:77:")]) == 4


def test_requests_during_the_stop_are_answered(make_ipamd):
    ipamd = make_ipamd()
    create(ipamd, "ipam/subnets", prefix="10.2.0.0/16")
    done, statuses = threading.Event(), []

    def work():
        while not done.is_set():
            try:
                statuses.append(ipamd.post("/api/v1/ipam/subnets/10.2.0.0_16/allocate").status)
            except (OSError, http.client.HTTPException):  # the listener is closed
                return

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    stop(ipamd)
    done.set()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 503} and statuses.count(201) > 20
    ipamd.start()
    assert ipamd.get("/api/v1/ipam/addresses?count=true&limit=1").json()["total"] >= statuses.count(201)
    problem(ipamd.get("/api/v1/ipam/addresses/10.3.0.1"), 404, "not-found")
