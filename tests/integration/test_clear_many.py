# test_clear_many.py - subnets, ranges and blocks with more in them than one change set holds, deleted by a job.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import threading
import time

import pytest

import worlds
from test_api import problem
from test_carve import create
from worlds import EU, US

SPACES, BLOCKS, SUBNETS, RANGES, ADDRESSES, POOLS = (
    f"/api/v1/ipam/{name}" for name in ("spaces", "blocks", "subnets", "ranges", "addresses", "pools"))
MANY = 5000  # more than 4,000 are a job
PLANS = [("10.1.0.0/16", "10.1.{:d}.{:d}"), ("2001:db8:2::/64", "2001:db8:2::{:x}:{:x}")]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def count(server, path, query=""):
    answer = server.get(f"{path}?count=true&limit=1{query}")
    assert answer.status == 200, answer.body
    return answer.json()["total"]


def ended(server, answer):
    """The job that has begun, when it has ended."""
    assert answer.status == 202, answer.body
    path, until = answer.headers["location"], time.monotonic() + 120
    while time.monotonic() < until:
        job = server.get(path).json()
        if job["state"] != "running":
            return job
        time.sleep(0.02)
    raise AssertionError(job)


def fill(server, prefix, host, claims="row"):
    subnet = create(server, SUBNETS, prefix=prefix, name="hall")
    for n in range(MANY // 1000):
        answer = server.post(f"{SUBNETS}/{subnet['id']}/allocate", {"count": 1000, "name": "seat", "claim": f"{claims}-{n}"})
        assert answer.status == 201, answer.body
    for n in range(30):
        create(server, RANGES, first=host.format(0x50 + n, 1), last=host.format(0x50 + n, 9))
    return subnet


@pytest.mark.parametrize("prefix, host", PLANS)
def test_a_subnet_of_many_addresses_goes_while_others_write(server, prefix, host):
    subnet = fill(server, prefix, host)
    other = create(server, SUBNETS, prefix="172.16.0.0/16")
    path = f"{SUBNETS}/{subnet['id']}"
    problem(server.request("DELETE", path), 409, "in-use")
    problem(server.request("DELETE", f"{path}?children=true&dry_run=true"), 413, "too-large")
    assert count(server, ADDRESSES) == MANY

    written, stop = [], threading.Event()

    def write():
        while not stop.is_set():
            written.append(server.post(f"{SUBNETS}/{other['id']}/allocate", {"name": "guest"}).status)
            server.post(f"{path}/allocate", {"name": "late"})  # in what is deleted: taken, refused or gone

    thread = threading.Thread(target=write)
    thread.start()
    try:
        job = ended(server, server.request("DELETE", f"{path}?children=true"))
    finally:
        stop.set()
        thread.join()
    assert job["state"] == "done" and job["kind"] == "delete" and job["target"] == prefix, job
    assert "30 ranges in it were deleted, and itself" in job["message"]
    assert server.get(path).status == 404 and count(server, RANGES) == 0
    assert count(server, ADDRESSES) == written.count(201) == len(written) > 0
    # one request made all of its changes
    changes = server.get("/api/v1/audit/changes?operation=ipam.subnet.delete&limit=1000").json()["items"]
    assert len(changes) >= MANY // 1000 + 2 and len({c["request"] for c in changes}) == 1
    assert create(server, SUBNETS, prefix=prefix)["used"] == "0"


@pytest.mark.parametrize("prefix, host", PLANS)
def test_what_is_in_a_subnet_inside_stays_20(server, prefix, host):
    """Of two pages of addresses: those of an inner subnet lie between them."""
    inner = create(server, SUBNETS, prefix=host.format(1, 0) + ("/24" if ":" not in prefix else "/120"))
    kept = server.post(f"{SUBNETS}/{inner['id']}/allocate", {"count": 100}).json()["items"]
    span = create(server, RANGES, first=host.format(1, 200), last=host.format(1, 210))
    subnet = fill(server, prefix, host)
    assert (subnet["overlap"], subnet["counted"]) == ("overlapping", True)
    job = ended(server, server.request("DELETE", f"{SUBNETS}/{subnet['id']}?children=true"))
    assert job["state"] == "done" and f"{MANY} addresses and 30 ranges in it were deleted" in job["message"], job
    assert [a["id"] for a in server.items("ipam/addresses")] == [a["id"] for a in kept]
    assert [r["id"] for r in server.items("ipam/ranges")] == [span["id"]]
    assert [(s["id"], s["overlap"], s["counted"]) for s in server.items("ipam/subnets")] == [(inner["id"], "none", True)]


@pytest.mark.parametrize("prefix, host", PLANS)
def test_a_range_of_many_addresses_goes_with_them(server, prefix, host):
    subnet = create(server, SUBNETS, prefix=prefix)
    span = create(server, RANGES, first=host.format(0, 1), last=host.format(0x90, 0xff))
    for _ in range(MANY // 1000):
        assert server.post(f"{RANGES}/{span['id']}/allocate", {"count": 1000}).status == 201
    create(server, ADDRESSES, address=host.format(0xa0, 1))
    job = ended(server, server.request("DELETE", f"{RANGES}/{span['id']}?children=true"))
    assert job["state"] == "done" and job["message"].startswith(f"{MANY} addresses"), job
    assert count(server, RANGES) == 0 and count(server, ADDRESSES) == 1
    assert server.get(f"{SUBNETS}/{subnet['id']}").json()["used"] == "1"


def test_a_block_of_many_blocks_goes_with_them(server):
    create(server, BLOCKS, prefix="10.0.0.0/8")
    block = create(server, BLOCKS, prefix="10.64.0.0/10")
    for half in range(6):
        server.post(BLOCKS, [{"prefix": f"10.{64 + (n >> 8)}.{n & 255}.0/24"} for n in range(1000 * half, 1000 * half + 1000)])
    create(server, SUBNETS, prefix="10.64.3.0/24")
    job = ended(server, server.request("DELETE", f"{BLOCKS}/{block['id']}?children=true"))
    assert job["state"] == "done" and job["message"] == "6000 blocks in it were deleted, and itself", job
    assert [b["prefix"] for b in server.get(BLOCKS).json()["items"]] == ["10.0.0.0/8"]
    assert count(server, SUBNETS) == 1


def test_what_stands_in_the_way_is_found_before_anything_goes(server):
    subnet = fill(server, *PLANS[0])
    span = server.get(f"{RANGES}?limit=1").json()["items"][0]
    pool = create(server, POOLS, name="edge", members=[f"range {span['id']}"])
    refused = server.request("DELETE", f"{SUBNETS}/{subnet['id']}?children=true")
    assert "edge" in problem(refused, 409, "in-use")["detail"]
    assert count(server, ADDRESSES) == MANY and count(server, RANGES) == 30
    assert server.request("DELETE", f"{POOLS}/{pool['id']}").status == 204
    problem(server.request("DELETE", f"{SUBNETS}/{subnet['id']}?children=true", headers={"If-Match": '"1"'}), 412, "precondition-failed")
    assert ended(server, server.request("DELETE", f"{SUBNETS}/{subnet['id']}?children=true"))["state"] == "done"


def test_cancelled_or_killed_it_goes_on_when_it_is_asked_for_again(server):
    for n in range(10):  # it may have ended before it is told
        subnet = fill(server, *PLANS[0], claims=f"try {n}")
        path = f"{SUBNETS}/{subnet['id']}?children=true"
        begun = server.request("DELETE", path)
        server.post(f"{begun.headers['location']}/cancel")
        job = ended(server, begun)
        if job["state"] == "canceled":
            break
    assert job["state"] == "canceled" and "send the request again to go on" in job["message"], job
    assert server.get(f"{SUBNETS}/{subnet['id']}").status == 200
    begun = server.request("DELETE", path)
    assert begun.status == 202 or (begun.status == 204 and count(server, ADDRESSES) == 0)
    server.kill()
    server.start()
    if server.get(f"{SUBNETS}/{subnet['id']}").status == 200:
        again = server.request("DELETE", path)
        assert again.status == 204 or ended(server, again)["state"] == "done"
    assert server.get(f"{SUBNETS}/{subnet['id']}").status == 404
    assert count(server, ADDRESSES) == 0 and count(server, RANGES) == 0


def test_an_address_that_he_may_not_delete_keeps_all_of_them(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    try:
        w.scope(US)
        subnet = w.admin.good("POST", "/ipam/subnets", {"prefix": "172.16.0.0/16"})["id"]
        for _ in range(MANY // 1000):
            w.admin.good("POST", f"/ipam/subnets/{subnet}/allocate", {"count": 1000})
        span = w.admin.good("POST", "/ipam/ranges", {"first": "172.16.200.1", "last": "172.16.200.9"})["id"]
        w.admin.good("POST", "/ipam/addresses", {"address": "172.16.200.5"})
        w.put_into("/ipam/subnets", subnet, EU)
        w.admin.good("POST", "/access/roles", {"name": "subnets", "operations": [
            "ipam.subnet.read", "ipam.subnet.delete", "ipam.range.read", "ipam.range.delete", "ipam.address.read"]})
        w.admin.good("POST", "/access/roles", {"name": "addresses", "operations": ["ipam.address.delete"]})
        w.put_into("/ipam/ranges", span, US)
        w.policy("token:u0", "addresses", EU)  # all of them, but for the last
        w.policy("token:u0", "subnets", EU)
        problem(w.u0.ask("DELETE", f"/ipam/subnets/{subnet}?children=true"), 403, "denied")  # nor its range
        w.policy("token:u0", "subnets", US)
        before = w.admin.get("/ipam/addresses?count=true&limit=1").json()["total"]
        begun = w.u0.ask("DELETE", f"/ipam/subnets/{subnet}?children=true")
        assert begun.status == 202, begun.body
        location = begun.headers["location"].removeprefix("/api/v1")
        until = time.monotonic() + 60
        while (job := w.admin.get(location).json())["state"] == "running" and time.monotonic() < until:
            time.sleep(0.02)
        assert job["state"] == "failed" and "may not" in job["message"], job
        assert w.admin.get("/ipam/addresses?count=true&limit=1").json()["total"] == before
        assert w.admin.get(f"/ipam/ranges/{span}").status == 200
    finally:
        w.close()


def test_by_the_command_line(server):
    fill(server, *PLANS[0])
    run = server.ctl("subnet", "delete", "10.1.0.0/16", "--children", "--yes", "--wait")
    assert run.returncode == 0, run.stderr
    assert count(server, ADDRESSES) == 0 and count(server, SUBNETS) == 0
